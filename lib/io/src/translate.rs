//! Byte by byte: replacing, deleting, squeezing (`tr`).

use alloc::vec::Vec;

/// Replaces every byte by the table's.
pub fn translate(text: &[u8], table: &[u8; 256], out: &mut Vec<u8>) {
    // Vectors cannot look up, but a table that moves one range by a constant is arithmetic.
    let (mut first, mut by, mut count, mut single) = (0, 0, 0, true);
    for (byte, new) in table.iter().enumerate() {
        let moved = new.wrapping_sub(byte as u8);
        if moved != 0 {
            if count == 0 {
                (first, by) = (byte, moved);
            }
            single &= moved == by && byte == first + count;
            count += 1;
        }
    }
    if single && count > 0 {
        let start = out.len();
        out.extend_from_slice(text);
        if sys::vector::move_range(
            out.get_mut(start..).unwrap_or_default(),
            first as u8,
            (count - 1) as u8,
            by,
        ) {
            return;
        }
        out.truncate(start);
    }
    out.extend(text.iter().map(|&byte| table[usize::from(byte)]));
}

/// Appends the bytes that `keep` has a 1 for, of 0 and 1.
pub fn filter(text: &[u8], keep: &[u8; 256], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + text.len(), 0);
    let mut end = 0;
    if let Some(room) = out.get_mut(start..) {
        // Every byte is written; only the place of the next one depends on the table. Eight at a time need one check.
        let (eights, rest) = text.as_chunks::<8>();
        for eight in eights {
            let Some(places) = room.get_mut(end..).and_then(<[u8]>::first_chunk_mut::<8>) else { break };
            let mut kept = 0;
            for &byte in eight {
                places[kept & 7] = byte;
                kept += usize::from(keep[usize::from(byte)]);
            }
            end += kept;
        }
        for &byte in rest {
            if let Some(place) = room.get_mut(end) {
                *place = byte;
            }
            end += usize::from(keep[usize::from(byte)]);
        }
    }
    out.truncate(start + end);
}

/// Replaces bytes by `table`, then leaves out a byte that repeats the one before it and that `squeeze` has a 1 for.
/// `last` is the byte before, across calls (256 for none).
pub fn squeeze(text: &[u8], table: &[u8; 256], squeeze: &[u8; 256], last: &mut u16, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + text.len(), 0);
    let mut end = 0;
    let mut previous = *last;
    if let Some(room) = out.get_mut(start..) {
        for &byte in text {
            let byte = table[usize::from(byte)];
            if let Some(place) = room.get_mut(end) {
                *place = byte;
            }
            let repeated = u16::from(byte) == previous && squeeze[usize::from(byte)] != 0;
            end += usize::from(!repeated);
            previous = u16::from(byte);
        }
    }
    *last = previous;
    out.truncate(start + end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways() {
        let mut table: [u8; 256] = core::array::from_fn(|i| i as u8);
        let mut keep = [1; 256];
        keep[usize::from(b'b')] = 0;
        let mut out = Vec::new();
        filter(b"abcb", &keep, &mut out);
        assert_eq!(out, b"ac");
        table[usize::from(b'a')] = b'x';
        out.clear();
        translate(b"banana", &table, &mut out);
        assert_eq!(out, b"bxnxnx");
        let upper: [u8; 256] = core::array::from_fn(|i| (i as u8).to_ascii_uppercase());
        out.clear();
        translate(&b"@AZ[`az{\xe1".repeat(5), &upper, &mut out);
        assert_eq!(out, b"@AZ[`AZ{\xe1".repeat(5));
        let mut last = 256;
        let mut marks = [0; 256];
        marks[usize::from(b'x')] = 1;
        out.clear();
        squeeze(b"aabb", &table, &marks, &mut last, &mut out);
        squeeze(b"baa", &table, &marks, &mut last, &mut out);
        assert_eq!(out, b"xbbbx");
    }
}
