//! When officers sit at the desk, and what a person who asks for one is told. Pure.

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

/// How an officer may reach a person, as they left it of their own will.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// What they want to be called.
    #[serde(default)]
    pub name: String,
    /// A telephone number or an address of mail.
    pub reach: String,
    /// What it is about.
    #[serde(default)]
    pub note: String,
}

/// What a person who asks for an officer is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Called {
    /// Whether there is a desk at all; without one only the telephone is told.
    pub desk: bool,
    /// Whether somebody sits there now.
    pub open: bool,
    /// When somebody will, where nobody does: the beginning of the next hours.
    pub opens: Option<DateTime>,
    /// How many were there before.
    pub ahead: u64,
    /// Whom to call meanwhile.
    pub phone: String,
    /// The hours as people read them.
    pub hours: Vec<String>,
}

/// Hours of the desk: `mon-fri 08:00-11:30`, `sat 08:00-11:30`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hours {
    spans: Vec<Span>,
    closed: Vec<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    first: Weekday,
    last: Weekday,
    from: Time,
    to: Time,
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Hours {
    /// Reads spans, and days on which nobody sits there.
    ///
    /// # Errors
    /// The span that cannot be read, and how one is written.
    pub fn read(spans: &[String], closed: &[Date]) -> Result<Hours, String> {
        let read = |text: &String| {
            span(text).ok_or_else(|| {
                format!("{text:?} is no span of hours; write it like \"mon-fri 08:00-11:30\"")
            })
        };
        let spans = spans.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Hours { spans, closed: closed.to_vec() })
    }

    /// Whether somebody sits there at a moment of Hà Nội.
    pub fn open_at(&self, at: DateTime) -> bool {
        let within =
            |span: &Span| span.on(at.date()) && span.from <= at.time() && at.time() < span.to;
        !self.closed.contains(&at.date()) && self.spans.iter().any(within)
    }

    /// When the next hours begin after a moment; none within two weeks is never.
    pub fn next(&self, after: DateTime) -> Option<DateTime> {
        let mut day = after.date();
        for _ in 0..15 {
            let begins = |span: &Span| {
                (span.on(day) && !self.closed.contains(&day)).then(|| day.to_datetime(span.from))
            };
            let first = self.spans.iter().filter_map(begins).filter(|at| *at > after).min();
            if first.is_some() {
                return first;
            }
            day = day.tomorrow().ok()?;
        }
        None
    }
}

impl Span {
    fn on(&self, day: Date) -> bool {
        let n = |day: Weekday| day.to_monday_zero_offset();
        (n(self.first)..=n(self.last)).contains(&n(day.weekday()))
    }
}

fn span(text: &str) -> Option<Span> {
    let (days, times) = text.trim().split_once(' ')?;
    let day = |name: &str| DAYS.iter().find(|(it, _)| *it == name).map(|(_, day)| *day);
    let (first, last) = match days.split_once('-') {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(days)?, day(days)?),
    };
    let (from, to) = times.trim().split_once('-')?;
    let time = |text: &str| format!("{}:00", text.trim()).parse::<Time>().ok();
    let span = Span { first, last, from: time(from)?, to: time(to)? };
    let ordered =
        first.to_monday_zero_offset() <= last.to_monday_zero_offset() && span.from < span.to;
    ordered.then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    #[test]
    fn hours_are_open_when_they_say_so() {
        let spans = ["mon-fri 08:00-11:30", "mon-fri 13:30-17:00", "sat 08:00-11:30"];
        let hours = Hours::read(&spans.map(str::to_owned), &[date(2026, 12, 2)]).unwrap();
        // 2026-11-30 is a Monday.
        for (at, open, next) in [
            (datetime(2026, 11, 30, 7, 59, 0, 0), false, Some(datetime(2026, 11, 30, 8, 0, 0, 0))),
            (datetime(2026, 11, 30, 8, 0, 0, 0), true, Some(datetime(2026, 11, 30, 13, 30, 0, 0))),
            (
                datetime(2026, 11, 30, 11, 30, 0, 0),
                false,
                Some(datetime(2026, 11, 30, 13, 30, 0, 0)),
            ),
            (datetime(2026, 12, 1, 17, 0, 0, 0), false, Some(datetime(2026, 12, 3, 8, 0, 0, 0))),
            (datetime(2026, 12, 2, 9, 0, 0, 0), false, Some(datetime(2026, 12, 3, 8, 0, 0, 0))),
            (datetime(2026, 12, 5, 9, 0, 0, 0), true, Some(datetime(2026, 12, 7, 8, 0, 0, 0))),
            (datetime(2026, 12, 6, 9, 0, 0, 0), false, Some(datetime(2026, 12, 7, 8, 0, 0, 0))),
        ] {
            assert_eq!((hours.open_at(at), hours.next(at)), (open, next), "{at}");
        }
        assert_eq!(Hours::default().next(datetime(2026, 12, 6, 9, 0, 0, 0)), None);
        for wrong in [
            "8-17",
            "fri-mon 08:00-17:00",
            "mon 17:00-08:00",
            "mon 25:00-26:00",
            "thứ hai 08:00-09:00",
        ] {
            assert!(Hours::read(&[wrong.to_owned()], &[]).unwrap_err().contains(wrong));
        }
    }
}
