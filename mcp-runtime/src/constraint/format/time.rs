//! Dates, times and durations of RFC 3339.

pub(super) fn is_date_time(text: &str) -> bool {
    text.split_once(['T', 't']).is_some_and(|(date, time)| is_date(date) && is_time(time))
}

/// Matches a date and a time without an offset.
pub(super) fn is_partial_date_time(text: &str) -> bool {
    let parts = text.split_once(['T', 't', ' ']);
    parts.is_some_and(|(date, time)| is_date(date) && is_partial_time(time))
}

/// Matches a time with its offset.
pub(super) fn is_time(text: &str) -> bool {
    let Some(end_of_time) = text.find(['Z', 'z', '+', '-']) else { return false };
    let (time, offset) = text.split_at(end_of_time);
    is_full_time(time)
        && offset_minutes(offset).is_some_and(|offset| {
            // A leap second is the last one of a day in UTC.
            !time[6..].starts_with("60")
                || (clock_minutes(&time[..5]).unwrap_or_default() - offset).rem_euclid(DAY)
                    == DAY - 1
        })
}

/// Minutes of a day.
const DAY: i32 = 24 * 60;

pub(super) fn is_date(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else { return false };
    let Some((month, day)) = rest.split_once('-') else { return false };
    let (Some(year), Some(month)) = (digits(year, 4), digits(month, 2)) else { return false };
    digits(day, 2).is_some_and(|day| (1..=days_of(year, month)).contains(&day))
}

/// Number of days of a month; 0 for an invalid month.
fn days_of(year: u32, month: u32) -> u32 {
    let leaps = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leaps => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Matches a time without an offset. Types also take it without seconds.
pub(super) fn is_partial_time(text: &str) -> bool {
    clock_minutes(text).is_some() || is_full_time(text)
}

fn is_full_time(text: &str) -> bool {
    let (clock, seconds) = text.split_at_checked(5).unwrap_or_default();
    let Some(seconds) = seconds.strip_prefix(':') else { return false };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    // A minute may have a leap second.
    clock_minutes(clock).is_some()
        && digits(seconds, 2).is_some_and(|seconds| seconds <= 60)
        && is_fraction
}

/// Offset from UTC in minutes.
fn offset_minutes(text: &str) -> Option<i32> {
    match text.split_at_checked(1)? {
        ("Z" | "z", "") => Some(0),
        ("+", clock) => clock_minutes(clock),
        ("-", clock) => Some(-clock_minutes(clock)?),
        _ => None,
    }
}

/// Minutes since midnight of a time such as `15:00`.
fn clock_minutes(text: &str) -> Option<i32> {
    let (hours, minutes) = text.split_once(':')?;
    let hours = digits(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = digits(minutes, 2).filter(|minutes| *minutes < 60)?;
    i32::try_from(hours * 60 + minutes).ok()
}

/// Matches a duration of RFC 3339, appendix A, such as `P1Y2M3DT4H5M6S` or `P2W`.
pub(super) fn is_duration(text: &str) -> bool {
    let Some(parts) = text.strip_prefix('P') else { return false };
    let (date, time) =
        parts.split_once('T').map_or((parts, None), |(date, time)| (date, Some(time)));
    let is_week = time.is_none() && units(date, "W") == Some(1);
    let has_date = units(date, "YMD").is_some_and(|count| count > 0 || time.is_some());
    let has_time = time.is_none_or(|time| units(time, "HMS").is_some_and(|count| count > 0));
    is_week || (has_date && has_time)
}

/// Number of amounts in a text, whose units come in the order of `names`, without a gap.
fn units(text: &str, names: &str) -> Option<usize> {
    let mut rest = text;
    let mut next: Option<usize> = None;
    let mut count = 0;
    while !rest.is_empty() {
        let end =
            rest.find(|character: char| !character.is_ascii_digit()).filter(|end| *end > 0)?;
        let place = names.find(rest[end..].chars().next()?)?;
        if next.is_some_and(|next| place != next) {
            return None;
        }
        next = Some(place + 1);
        count += 1;
        rest = rest.get(end + 1..)?;
    }
    Some(count)
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let is_plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok())?
}
