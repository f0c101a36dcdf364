//! Arguments of tools and prompts, and answers to forms, as they stand on the command line.

mod coerce;
mod constraints;
mod pair;
mod tool;

pub(crate) use coerce::{coerce, resolve};
pub(crate) use constraints::check;
pub(crate) use pair::{Form, Pair};
pub(crate) use tool::ToolInput;

/// The name of a list that is nearest to another one, if one is near.
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Least similarity of names, from 0 to 1.
    const MIN_SIMILARITY: f64 = 0.7;
    let lower = name.to_lowercase();
    let rated = names.into_iter().map(|it| (strsim::jaro_winkler(&lower, &it.to_lowercase()), it));
    let best = rated.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= MIN_SIMILARITY).then_some(best.1)
}

/// The ending of a message about an unknown name.
pub(crate) fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, names).map(|it| format!("; did you mean `{it}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn near_names_are_proposed() {
        let names = ["forecast", "alert"];
        assert_eq!(did_you_mean("forcast", names), "; did you mean `forecast`?");
        assert_eq!(did_you_mean("Alert", names), "; did you mean `alert`?");
        assert_eq!(did_you_mean("xyz", names), "");
        assert_eq!(did_you_mean("forecast", []), "");
    }
}
