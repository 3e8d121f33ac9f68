//! The allocator of a distribution build: small, fast, and without headers.
//!
//! Rust says the size again when it frees, so a block needs no header: its size says which list of free blocks it goes
//! back to. Blocks below [`LARGE`] come in size classes (four to a doubling) cut from arenas that stay; larger ones are
//! mappings of their own, which go back to the kernel and move by `mremap` when they grow. The first arena is part of the
//! program's zeroed data, so that a small command asks the kernel for nothing.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering};

/// Blocks of this size or more are mappings of their own.
const LARGE: usize = 128 * 1024;
/// The size of an arena from the kernel.
const ARENA: usize = 1024 * 1024;
/// The size of the arena that the program starts with.
const FIRST: usize = 96 * 1024;
const PAGE: usize = 4096;
const CLASSES: usize = 64;

/// A free block: the next one of its class.
struct Free {
    next: *mut Free,
}

struct State {
    free: [*mut Free; CLASSES],
    /// The rest of the current arena.
    bump: *mut u8,
    left: usize,
}

#[repr(align(16))]
struct FirstArena(UnsafeCell<[u8; FIRST]>);

// SAFETY: only the allocator touches it, under its lock.
unsafe impl Sync for FirstArena {}

static FIRST_ARENA: FirstArena = FirstArena(UnsafeCell::new([0; FIRST]));

struct Heap {
    state: UnsafeCell<State>,
    begun: AtomicBool,
    locked: AtomicBool,
}

// SAFETY: the state is used under the lock once there are threads.
unsafe impl Sync for Heap {}

#[cfg_attr(cairn_dist, global_allocator)]
static HEAP: Heap = Heap {
    state: UnsafeCell::new(State { free: [null_mut(); CLASSES], bump: null_mut(), left: 0 }),
    begun: AtomicBool::new(false),
    locked: AtomicBool::new(false),
};

/// The class of a size, and the size of its blocks: 16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320 …
fn class(size: usize) -> (usize, usize) {
    let units = size.max(1).div_ceil(16);
    if units <= 8 {
        return (units - 1, units * 16);
    }
    // Four steps to a doubling: the top bit says which doubling, the next two which step.
    let shift = (units - 1).ilog2() - 2;
    let steps = (units - 1) >> shift; // 4 to 7
    ((shift as usize - 1) * 4 + steps + 4, (steps + 1) << (shift + 4))
}

fn round_to_page(size: usize) -> usize {
    size.saturating_add(PAGE - 1) & !(PAGE - 1)
}

fn map(size: usize) -> *mut u8 {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new private mapping touches nothing that exists.
    let block =
        unsafe { libc::mmap(null_mut(), size, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
    if block == libc::MAP_FAILED { null_mut() } else { block.cast() }
}

impl State {
    fn take(&mut self, class: usize, size: usize) -> *mut u8 {
        if let Some(list) = self.free.get_mut(class)
            && !list.is_null()
        {
            let block = *list;
            // SAFETY: a listed block is free, and its first word is the link.
            *list = unsafe { (*block).next };
            return block.cast();
        }
        if self.left < size {
            // The rest of the old arena is given up: less than one block of this size.
            self.bump = map(ARENA);
            self.left = if self.bump.is_null() { 0 } else { ARENA };
            if self.left == 0 {
                return null_mut();
            }
        }
        let block = self.bump;
        // SAFETY: `size` bytes are left.
        self.bump = unsafe { block.add(size) };
        self.left -= size;
        block
    }

    fn give(&mut self, class: usize, block: *mut u8) {
        if let Some(list) = self.free.get_mut(class) {
            let block: *mut Free = block.cast();
            // SAFETY: the block is free now, at least 16 bytes long and aligned to 16.
            unsafe { (*block).next = *list };
            *list = block;
        }
    }
}

impl Heap {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let threads = crate::thread::STARTED.load(Ordering::Relaxed);
        while threads && self.locked.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        // SAFETY: one thread, or the holder of the lock.
        let state = unsafe { &mut *self.state.get() };
        if !self.begun.swap(true, Ordering::Relaxed) {
            state.bump = FIRST_ARENA.0.get().cast();
            state.left = FIRST;
        }
        let result = work(state);
        if threads {
            self.locked.store(false, Ordering::Release);
        }
        result
    }
}

// SAFETY: blocks are disjoint, as large as asked for, aligned to 16 or (large ones) to a page; larger alignments than a
// page are refused.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let size = layout.size();
        if layout.align() > PAGE {
            return null_mut();
        }
        // A block aligned to more than 16 is rare: it becomes a mapping.
        if size >= LARGE || layout.align() > 16 {
            return map(round_to_page(size));
        }
        let (class, size) = class(size);
        self.with(|state| state.take(class, size))
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if layout.size() >= LARGE || layout.align() > 16 {
            // SAFETY: `block` is a mapping of this size.
            unsafe { libc::munmap(block.cast(), round_to_page(layout.size())) };
            return;
        }
        let (class, _) = class(layout.size());
        self.with(|state| state.give(class, block));
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passes the caller's promises on.
        let block = unsafe { self.alloc(layout) };
        // A new mapping is zeroes already.
        if !block.is_null() && layout.size() < LARGE && layout.align() <= 16 {
            // SAFETY: the block is writable for its size.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let old = layout.size();
        if layout.align() <= 16 {
            if old >= LARGE && size >= LARGE {
                // SAFETY: `block` is a mapping of the old size, and nobody else knows it.
                let moved = unsafe {
                    libc::mremap(block.cast(), round_to_page(old), round_to_page(size), libc::MREMAP_MAYMOVE)
                };
                return if moved == libc::MAP_FAILED { null_mut() } else { moved.cast() };
            }
            if old < LARGE && size < LARGE && class(old) == class(size) {
                return block;
            }
        }
        // SAFETY: the alignment is valid, as it was before; both blocks hold the smaller size.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                core::ptr::copy_nonoverlapping(block, new, old.min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn classes_hold_their_sizes_and_grow_in_step() {
        let mut last = (0, 16);
        for size in 1..LARGE {
            let (number, room) = class(size);
            assert!(room >= size && room % 16 == 0 && number < CLASSES, "{size}");
            assert!(room <= size.max(16) + size / 4 + 15, "{size} wastes {room}");
            assert!(number == last.0 && room == last.1 || number == last.0 + 1 && room > last.1, "{size}");
            last = (number, room);
        }
    }

    #[test]
    fn blocks_keep_their_bytes() {
        let mut blocks: Vec<(*mut u8, usize, u8)> = Vec::new();
        let mut seed = 1u32;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let size = 1 + (seed >> 8) as usize % if seed.is_multiple_of(50) { 400_000 } else { 3_000 };
            let mark = (seed >> 24) as u8;
            if blocks.len() > 100 {
                let (block, old, byte) = blocks.swap_remove((seed >> 4) as usize % blocks.len());
                // SAFETY: a live block of `old` bytes, resized and then freed with its new size.
                unsafe {
                    let layout = Layout::from_size_align(old, 8).unwrap();
                    let block = HEAP.realloc(block, layout, size);
                    let kept = std::slice::from_raw_parts(block, old.min(size));
                    assert!(kept.iter().all(|&b| b == byte));
                    HEAP.dealloc(block, Layout::from_size_align(size, 8).unwrap());
                }
            }
            let layout = Layout::from_size_align(size, 8).unwrap();
            // SAFETY: a new block of `size` bytes.
            unsafe {
                let block = if seed & 1024 == 0 { HEAP.alloc(layout) } else { HEAP.alloc_zeroed(layout) };
                if seed & 1024 != 0 {
                    assert!(std::slice::from_raw_parts(block, size).iter().all(|&b| b == 0));
                }
                block.write_bytes(mark, size);
                blocks.push((block, size, mark));
            }
        }
    }
}
