//! What a scenario's run amounts to. A warning, a skipped check or a silent run is not a pass.

use std::process::ExitStatus;

use serde_json::Value;

/// The outcome of one scenario.
#[derive(Debug)]
pub(super) struct Verdict {
    /// How many checks succeeded.
    pub(super) successes: usize,
    /// Everything that stands in the way of a pass.
    pub(super) faults: Vec<String>,
}

impl Verdict {
    /// Judges how the suite ended and the checks it wrote. Checks of the names in `skips` may be
    /// skipped.
    pub(super) fn of(
        ended: Result<ExitStatus, String>,
        checks: Option<&str>,
        skips: &[String],
    ) -> Self {
        let mut verdict = Self { successes: 0, faults: Vec::new() };
        match ended {
            Ok(status) if status.success() => {}
            Ok(status) => verdict.faults.push(format!("the suite ended with {status}")),
            Err(error) => verdict.faults.push(format!("the suite: {error}")),
        }
        match checks.map(serde_json::from_str::<Vec<Value>>) {
            Some(Ok(checks)) => verdict.count(&checks, skips),
            Some(Err(error)) => verdict.faults.push(format!("unreadable checks.json: {error}")),
            None => verdict.faults.push("the suite wrote no checks".to_owned()),
        }
        if verdict.successes == 0 {
            verdict.faults.push("not one check succeeded".to_owned());
        }
        verdict
    }

    /// Whether the scenario counts as passed.
    pub(super) fn passed(&self) -> bool {
        self.faults.is_empty()
    }

    fn count(&mut self, checks: &[Value], skips: &[String]) {
        for check in checks {
            match text(check, "status") {
                "SUCCESS" => self.successes += 1,
                "INFO" => {}
                "SKIPPED" if skips.iter().any(|name| name == text(check, "name")) => {}
                status => self.faults.push(describe(check, status)),
            }
        }
    }
}

fn describe(check: &Value, status: &str) -> String {
    let (id, error) = (text(check, "id"), text(check, "errorMessage"));
    let what = if error.is_empty() { text(check, "description") } else { error };
    format!("{status} {id}: {what}")
}

fn text<'a>(check: &'a Value, key: &str) -> &'a str {
    check.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    const CLEAN: &str = r#"[{"id":"a","status":"SUCCESS"},{"id":"b","status":"INFO"}]"#;

    #[track_caller]
    fn check(code: i32, checks: Option<&str>, faults: &[&str]) {
        let verdict = Verdict::of(Ok(ExitStatus::from_raw(code << 8)), checks, &[]);
        assert_eq!(verdict.faults, faults);
        assert_eq!(verdict.passed(), faults.is_empty());
    }

    #[test]
    fn a_clean_run_passes() {
        check(0, Some(CLEAN), &[]);
    }

    #[test]
    fn the_exit_code_counts() {
        check(1, Some(CLEAN), &["the suite ended with exit status: 1"]);
    }

    #[test]
    fn warnings_skips_and_failures_count() {
        for status in ["WARNING", "SKIPPED", "FAILURE", "NEWLY_INVENTED"] {
            let checks = format!(
                r#"[{{"id":"a","status":"SUCCESS"}},{{"id":"b","status":"{status}","errorMessage":"why"}}]"#
            );
            check(0, Some(&checks), &[&format!("{status} b: why")]);
        }
    }

    #[test]
    fn what_may_be_skipped_is_named() {
        let checks = r#"[{"id":"a","status":"SUCCESS"},{"id":"b","name":"n","status":"SKIPPED"}]"#;
        let judge =
            |skips: &[String]| Verdict::of(Ok(ExitStatus::from_raw(0)), Some(checks), skips);
        assert!(judge(&["n".to_owned()]).passed());
        assert!(!judge(&["m".to_owned()]).passed());
    }

    #[test]
    fn silence_is_no_pass() {
        check(0, None, &["the suite wrote no checks", "not one check succeeded"]);
        check(0, Some("[]"), &["not one check succeeded"]);
        check(0, Some(r#"[{"id":"a","status":"INFO"}]"#), &["not one check succeeded"]);
    }

    #[test]
    fn a_run_out_of_time_is_no_pass() {
        assert!(!Verdict::of(Err("still running after 60 s".into()), Some(CLEAN), &[]).passed());
    }
}
