//! The only place that reads the clock: everything else is told the day.

use jiff::civil::Date;
use jiff::{Timestamp, tz};

/// Today in Hà Nội, whatever the machine's zone (Việt Nam keeps UTC+7 all year).
pub(crate) fn today() -> Date {
    tz::offset(7).to_datetime(now()).date()
}

/// This moment.
#[expect(clippy::disallowed_methods, reason = "the one clock of the program")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
