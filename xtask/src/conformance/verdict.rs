//! Result of a scenario. A warning, a skipped check or a run without checks is a failure.

use std::process::ExitStatus;

use serde_json::Value;

/// Result of one scenario.
#[derive(Debug)]
pub(super) struct Verdict {
    /// Number of successful checks.
    pub(super) successes: usize,
    /// Reasons why the scenario does not pass.
    pub(super) failures: Vec<String>,
}

impl Verdict {
    /// Evaluates the exit status and the checks of the suite. Checks named in `skips` may be
    /// skipped.
    pub(super) fn of(
        ended: Result<ExitStatus, String>,
        checks: Option<&str>,
        skips: &[String],
    ) -> Self {
        let mut verdict = Self { successes: 0, failures: Vec::new() };
        match ended {
            Ok(status) if status.success() => {}
            Ok(status) => verdict.failures.push(format!("the suite ended with {status}")),
            Err(error) => verdict.failures.push(format!("the suite: {error}")),
        }
        match checks.map(serde_json::from_str::<Vec<Value>>) {
            Some(Ok(checks)) => verdict.count(&checks, skips),
            Some(Err(error)) => verdict.failures.push(format!("unreadable checks.json: {error}")),
            None => verdict.failures.push("the suite wrote no checks".to_owned()),
        }
        if verdict.successes == 0 {
            verdict.failures.push("not one check succeeded".to_owned());
        }
        verdict
    }

    /// Returns `true` if the scenario passes.
    pub(super) fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    fn count(&mut self, checks: &[Value], skips: &[String]) {
        for check in checks {
            match text(check, "status") {
                "SUCCESS" => self.successes += 1,
                "INFO" => {}
                "SKIPPED" if skips.iter().any(|name| name == text(check, "name")) => {}
                status => self.failures.push(describe(check, status)),
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
    fn check(code: i32, checks: Option<&str>, failures: &[&str]) {
        let verdict = Verdict::of(Ok(ExitStatus::from_raw(code << 8)), checks, &[]);
        assert_eq!(verdict.failures, failures);
        assert_eq!(verdict.passed(), failures.is_empty());
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
