//! Times for settling a matter, with the unit that was published.

use serde::{Deserialize, Serialize};

use super::Channel;

/// The unit of a time. A calendar day (ngày) is no working day (ngày làm việc): the Civil Code (91/2015/QH13
/// điều 145 to 148) counts the first with rest days inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Phút.
    Minute,
    /// Giờ, giờ làm việc.
    Hour,
    /// Ngày.
    Day,
    /// Ngày làm việc.
    WorkingDay,
    /// Tuần.
    Week,
    /// Tháng.
    Month,
    /// Năm.
    Year,
    /// The record gives a number and no unit.
    None,
}

/// A time as published: `3 ngày làm việc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Term {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

impl Channel {
    /// The time of this way to file; `None` where the record says it in words or not at all.
    pub fn term(&self) -> Option<Term> {
        let digits = self.time.chars().take_while(char::is_ascii_digit).count();
        let count = self.time.get(..digits)?.parse().ok()?;
        terms(&self.time).into_iter().find(|term| term.count == count).or_else(|| {
            let rest = self.time[digits..].trim_start();
            (rest.is_empty() || rest.starts_with('(')).then_some(Term { count, unit: Unit::None })
        })
    }
}

/// All times that a text names, in order.
pub fn terms(text: &str) -> Vec<Term> {
    let unit = |name: &str| match name {
        "phút" => Some(Unit::Minute),
        "giờ" | "giờ làm việc" => Some(Unit::Hour),
        "ngày" => Some(Unit::Day),
        "ngày làm việc" => Some(Unit::WorkingDay),
        "tuần" => Some(Unit::Week),
        "tháng" => Some(Unit::Month),
        "năm" => Some(Unit::Year),
        _ => None,
    };
    viet::numbers(text)
        .into_iter()
        .filter_map(|(number, _)| {
            Some(Term { count: number.value.parse().ok()?, unit: unit(&number.unit)? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_unit() {
        for (time, expect) in [
            ("3 ngày làm việc", Some((3, Unit::WorkingDay))),
            ("10 ngày", Some((10, Unit::Day))),
            ("8 giờ", Some((8, Unit::Hour))),
            ("2 tháng", Some((2, Unit::Month))),
            ("1 (cổng không ghi đơn vị)", Some((1, Unit::None))),
            ("trong ngày; sau 15 giờ thì ngày làm việc tiếp theo", None),
            ("", None),
        ] {
            let channel = Channel { time: time.into(), ..Channel::default() };
            let found = channel.term().map(|term| (term.count, term.unit));
            assert_eq!(found, expect, "{time}");
        }
        let all = terms("Trong thời hạn 07 ngày làm việc, nếu phải xác minh thì không quá 15 ngày");
        assert_eq!(all[0], Term { count: 7, unit: Unit::WorkingDay });
        assert_eq!(all[1], Term { count: 15, unit: Unit::Day });
    }
}
