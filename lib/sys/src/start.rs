//! What the kernel hands a new program: its arguments and its environment.

use alloc::vec::Vec;
use core::ffi::{CStr, c_char};

/// Collects a NULL-terminated C vector (`argv`, `environ`) of strings that live as long as the program.
///
/// # Safety
/// `vector` is null or points to pointers to C strings, the last one null, all of them unchanged from now on.
pub unsafe fn strings(vector: *const *const c_char) -> Vec<&'static [u8]> {
    let mut list = Vec::new();
    if vector.is_null() {
        return list;
    }
    let mut length = 0;
    // SAFETY: the caller promises a null at the end, and it has not been passed.
    while unsafe { !(*vector.add(length)).is_null() } {
        length += 1;
    }
    list.reserve_exact(length);
    for i in 0..length {
        // SAFETY: `i` is below the number of strings; each is a C string, as the caller promises.
        list.push(unsafe { CStr::from_ptr(*vector.add(i)) }.to_bytes());
    }
    list
}

/// Makes the pages that needed relocation read-only (RELRO). musl does not do it for static programs.
///
/// A static program finds its own program headers through the ELF header that the linker puts first.
#[cfg(all(target_env = "musl", target_feature = "crt-static"))]
pub fn protect_relocated() {
    unsafe extern "C" {
        static __ehdr_start: u8;
    }
    let base = &raw const __ehdr_start as usize;
    // SAFETY: the auxiliary vector is the kernel's; AT_PHDR and AT_PHNUM describe this program's loaded headers.
    let (headers, count) =
        unsafe { (libc::getauxval(libc::AT_PHDR) as usize, libc::getauxval(libc::AT_PHNUM) as usize) };
    if headers == 0 {
        return;
    }
    for i in 0..count {
        // SAFETY: `i` is below AT_PHNUM, and the headers are mapped and aligned.
        let header = unsafe { &*(headers as *const libc::Elf64_Phdr).add(i) };
        if header.p_type == libc::PT_GNU_RELRO {
            let start = (base + header.p_vaddr as usize) & !4095;
            let end = (base + header.p_vaddr as usize + header.p_memsz as usize) & !4095;
            // SAFETY: the linker laid the segment out on pages of its own, and start-up has done all its writes to it.
            unsafe { libc::mprotect(start as *mut _, end.saturating_sub(start), libc::PROT_READ) };
        }
    }
}

/// Makes sure that descriptors 0, 1 and 2 are taken: a file opened later must not become standard output by accident.
///
/// A closed one is opened on `/dev/null` the wrong way round, so that its use still fails with `EBADF`. Gives a bit for each.
pub fn hold_standard_descriptors() -> u32 {
    let mut held = 0;
    let mut list = [0, 1, 2].map(|fd| crate::fd::Poll { fd, events: 0, found: 0 });
    if crate::fd::poll(&mut list, 0) == Ok(0) {
        return held;
    }
    for entry in list.iter().filter(|entry| entry.found & libc::POLLNVAL != 0) {
        let flags = if entry.fd == 0 { libc::O_WRONLY } else { libc::O_RDONLY };
        if let Ok(fd) = crate::fd::open(b"/dev/null", flags, 0) {
            // The lowest free number is the closed one.
            let _ = crate::fd::set_close_on_exec(fd.release(), false);
            held |= 1 << entry.fd;
        }
    }
    held
}

/// What [`crate::entry!`] calls: prepares the process and runs the program.
///
/// # Safety
/// `arguments` is what the kernel handed to the process, untouched.
#[doc(hidden)]
pub unsafe fn enter(arguments: *const *const c_char, run: fn(&[&[u8]], &[&[u8]]) -> u8) -> i32 {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    #[cfg(all(target_env = "musl", target_feature = "crt-static"))]
    protect_relocated();
    hold_standard_descriptors();
    // SAFETY: the kernel's vectors are NULL-terminated and stay as they are.
    let (arguments, environment) = unsafe { (strings(arguments), strings(environ)) };
    i32::from(run(&arguments, &environment))
}

/// Defines the program's entry: `entry!(run)` with `fn run(arguments: &[&[u8]], environment: &[&[u8]]) -> u8`.
///
/// The C library calls `main`, which calls `run` and ends the process with its status. In a distribution build this also
/// brings the allocator, the panic handler and the very first instructions.
#[macro_export]
macro_rules! entry {
    ($run:path) => {
        #[unsafe(no_mangle)]
        #[allow(clippy::not_unsafe_ptr_arg_deref)] // the C library is the only caller
        pub extern "C" fn main(_count: i32, arguments: *const *const core::ffi::c_char) -> i32 {
            // SAFETY: the C library passes on the kernel's vector.
            let status = unsafe { $crate::start::enter(arguments, $run) };
            $crate::process::leave(status as u8)
        }
    };
}
