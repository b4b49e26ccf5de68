//! Rotary positions (RoFormer, arXiv 2104.09864): an angle for each position and pair of coordinates.

/// Cosines and sines of all positions up to a limit.
pub(crate) struct Rope {
    cos: Vec<f32>,
    sin: Vec<f32>,
    half: usize,
}

impl Rope {
    /// `base` is the longest wavelength's root (`rope_theta`), `dim` the length of a head.
    pub(crate) fn new(base: f64, dim: usize, positions: usize) -> Rope {
        let half = dim / 2;
        let steps: Vec<f32> =
            (0..half).map(|i| base.powf(-(i as f64) / half as f64) as f32).collect();
        let angles = (0..positions).flat_map(|p| steps.iter().map(move |step| p as f32 * step));
        let (cos, sin) = angles.map(|angle| (angle.cos(), angle.sin())).unzip();
        Rope { cos, sin, half }
    }

    /// Cosines and sines of a position, `dim / 2` each.
    pub(crate) fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let range = position * self.half..(position + 1) * self.half;
        (&self.cos[range.clone()], &self.sin[range])
    }

    /// Positions there are.
    pub(crate) fn len(&self) -> usize {
        self.cos.len() / self.half
    }
}
