//! Buffers that the chunks of a region share out among them.

/// A buffer cut into rows of equal length, which the chunks of a region share out among them.
pub(crate) struct Slices<'a, T> {
    start: *mut T,
    width: usize,
    rows: usize,
    buffer: std::marker::PhantomData<&'a mut [T]>,
}

// SAFETY: rows are handed out by `take`, whose caller answers for no two threads having one row.
#[expect(unsafe_code, reason = "threads write different rows of one buffer")]
unsafe impl<T: Send> Sync for Slices<'_, T> {}

impl<'a, T> Slices<'a, T> {
    pub(crate) fn new(buffer: &'a mut [T], width: usize) -> Slices<'a, T> {
        let rows = buffer.len().checked_div(width).unwrap_or(0);
        Slices { start: buffer.as_mut_ptr(), width, rows, buffer: std::marker::PhantomData }
    }

    /// `count` rows from `row`.
    ///
    /// # Safety
    /// No row is handed out to two holders at the same time.
    #[expect(unsafe_code, reason = "threads write different rows of one buffer")]
    #[expect(clippy::mut_from_ref, reason = "each row has one holder, as the caller promises")]
    pub(crate) unsafe fn take(&self, row: usize, count: usize) -> &mut [T] {
        assert!(row + count <= self.rows, "rows {row} and {count} more of {}", self.rows);
        // SAFETY: within the buffer, which is borrowed for 'a; disjoint, as the caller promises.
        unsafe {
            std::slice::from_raw_parts_mut(self.start.add(row * self.width), count * self.width)
        }
    }
}
