//! Exact decimal values, large enough for every budget.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: u128,
    /// Digits after the point.
    scale: u32,
}

impl Decimal {
    pub(super) fn whole(mantissa: u128) -> Decimal {
        Decimal { mantissa, scale: 0 }
    }

    /// From digits before and after the point; `None` when there are too many.
    pub(super) fn parse(whole: &str, fraction: &str) -> Option<Decimal> {
        // Zeros at the end of a fraction say nothing.
        let fraction = fraction.trim_end_matches('0');
        let scale = u32::try_from(fraction.len()).ok().filter(|&scale| scale <= 18)?;
        let whole: u128 = whole.parse().ok()?;
        let fraction: u128 = if scale == 0 { 0 } else { fraction.parse().ok()? };
        let mantissa = whole.checked_mul(10u128.checked_pow(scale)?)?.checked_add(fraction)?;
        Some(Decimal { mantissa, scale })
    }

    pub(super) fn times(self, factor: u128) -> Option<Decimal> {
        Some(Decimal { mantissa: self.mantissa.checked_mul(factor)?, scale: self.scale })
    }

    pub(super) fn plus(self, other: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(other.scale);
        let raise =
            |part: Decimal| part.mantissa.checked_mul(10u128.checked_pow(scale - part.scale)?);
        Some(Decimal { mantissa: raise(self)?.checked_add(raise(other)?)?, scale })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10u128.pow(self.scale);
        let (whole, fraction) = (self.mantissa / one, self.mantissa % one);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{fraction:0width$}", width = self.scale as usize);
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}
