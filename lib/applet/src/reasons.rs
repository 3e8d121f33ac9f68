//! The words for error numbers, as the GNU C library has them.

use alloc::vec::Vec;
use sys::libc;

/// Numbers whose order is the order of [`WORDS`].
const NUMBERS: &[i32] = &[
    libc::EPERM,
    libc::ENOENT,
    libc::ESRCH,
    libc::EINTR,
    libc::EIO,
    libc::ENXIO,
    libc::E2BIG,
    libc::ENOEXEC,
    libc::EBADF,
    libc::ECHILD,
    libc::EAGAIN,
    libc::ENOMEM,
    libc::EACCES,
    libc::EFAULT,
    libc::ENOTBLK,
    libc::EBUSY,
    libc::EEXIST,
    libc::EXDEV,
    libc::ENODEV,
    libc::ENOTDIR,
    libc::EISDIR,
    libc::EINVAL,
    libc::ENFILE,
    libc::EMFILE,
    libc::ENOTTY,
    libc::ETXTBSY,
    libc::EFBIG,
    libc::ENOSPC,
    libc::ESPIPE,
    libc::EROFS,
    libc::EMLINK,
    libc::EPIPE,
    libc::EDOM,
    libc::ERANGE,
    libc::EDEADLK,
    libc::ENAMETOOLONG,
    libc::ENOLCK,
    libc::ENOSYS,
    libc::ENOTEMPTY,
    libc::ELOOP,
    libc::ENODATA,
    libc::ETIME,
    libc::EOVERFLOW,
    libc::EILSEQ,
    libc::EUSERS,
    libc::ENOTSOCK,
    libc::EMSGSIZE,
    libc::EPROTONOSUPPORT,
    libc::EOPNOTSUPP,
    libc::EAFNOSUPPORT,
    libc::EADDRINUSE,
    libc::EADDRNOTAVAIL,
    libc::ENETDOWN,
    libc::ENETUNREACH,
    libc::ECONNABORTED,
    libc::ECONNRESET,
    libc::ENOBUFS,
    libc::EISCONN,
    libc::ENOTCONN,
    libc::ETIMEDOUT,
    libc::ECONNREFUSED,
    libc::EHOSTDOWN,
    libc::EHOSTUNREACH,
    libc::EALREADY,
    libc::EINPROGRESS,
    libc::ESTALE,
    libc::EUCLEAN,
    libc::EDQUOT,
    libc::ENOMEDIUM,
    libc::EPROTO,
];

/// The words for [`NUMBERS`], a line each.
const WORDS: &[u8] = b"Operation not permitted
No such file or directory
No such process
Interrupted system call
Input/output error
No such device or address
Argument list too long
Exec format error
Bad file descriptor
No child processes
Resource temporarily unavailable
Cannot allocate memory
Permission denied
Bad address
Block device required
Device or resource busy
File exists
Invalid cross-device link
No such device
Not a directory
Is a directory
Invalid argument
Too many open files in system
Too many open files
Inappropriate ioctl for device
Text file busy
File too large
No space left on device
Illegal seek
Read-only file system
Too many links
Broken pipe
Numerical argument out of domain
Numerical result out of range
Resource deadlock avoided
File name too long
No locks available
Function not implemented
Directory not empty
Too many levels of symbolic links
No data available
Timer expired
Value too large for defined data type
Invalid or incomplete multibyte or wide character
Too many users
Socket operation on non-socket
Message too long
Protocol not supported
Operation not supported
Address family not supported by protocol
Address already in use
Cannot assign requested address
Network is down
Network is unreachable
Software caused connection abort
Connection reset by peer
No buffer space available
Transport endpoint is already connected
Transport endpoint is not connected
Connection timed out
Connection refused
Host is down
No route to host
Operation already in progress
Operation now in progress
Stale file handle
Structure needs cleaning
Disk quota exceeded
No medium found
Protocol error";

/// The words for an error number; `room` is used for numbers without any (`Unknown error 999`).
pub fn reason(errno: i32, room: &mut Vec<u8>) -> &[u8] {
    let index = NUMBERS.iter().position(|&number| number == errno);
    if let Some(words) = index.and_then(|index| WORDS.split(|&byte| byte == b'\n').nth(index)) {
        return words;
    }
    room.extend_from_slice(b"Unknown error ");
    let mut digits = [0; 10];
    let mut rest = errno.unsigned_abs();
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    room.extend_from_slice(digits.get(start..).unwrap_or_default());
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_numbers() {
        assert_eq!(WORDS.split(|&byte| byte == b'\n').count(), NUMBERS.len());
        assert_eq!(reason(libc::ENOENT, &mut Vec::new()), b"No such file or directory");
        assert_eq!(reason(libc::EPROTO, &mut Vec::new()), b"Protocol error");
        assert_eq!(reason(4095, &mut Vec::new()), b"Unknown error 4095");
    }
}
