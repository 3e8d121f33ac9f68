//! What goes wrong, in one machine word.

use alloc::boxed::Box;
use alloc::vec::Vec;
use sys::Errno;

/// What an applet's functions give back.
pub type Result<T = ()> = core::result::Result<T, Error>;

/// A failure that is to be told as `applet: text: reason`.
#[derive(Debug)]
pub struct Error(pub(crate) Box<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    /// What it is about, or the whole message.
    pub text: Vec<u8>,
    /// The system's reason; 0 for none.
    pub errno: i32,
    /// The exit status; `None` for what the applet's [`crate::Context::failure`] says.
    pub status: Option<u8>,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Tell it.
    Message,
    /// Tell it, and how to ask for help.
    Usage,
    /// It has been told.
    Silent,
    /// No failure: the help text was asked for.
    Help,
    /// No failure: the version was asked for.
    Version,
}

impl Error {
    #[cold]
    #[inline(never)]
    pub(crate) fn make(text: &[&[u8]], errno: i32, kind: Kind) -> Error {
        Error(Box::new(Inner { text: text.concat(), errno, status: None, kind }))
    }

    /// A message of one piece.
    #[cold]
    pub fn new(text: &[u8]) -> Error {
        Error::make(&[text], 0, Kind::Message)
    }

    /// A message of several pieces, joined without anything between them.
    #[cold]
    pub fn parts(text: &[&[u8]]) -> Error {
        Error::make(text, 0, Kind::Message)
    }

    /// A wrong command line: the message, then how to ask for help.
    #[cold]
    pub fn usage(text: &[&[u8]]) -> Error {
        Error::make(text, 0, Kind::Usage)
    }

    /// A message about one thing: the `%` of the template stands for it. Shorter to call than [`Error::parts`].
    #[cold]
    pub fn about(template: &[u8], thing: &[u8]) -> Error {
        let at = template.iter().position(|&byte| byte == b'%').unwrap_or(template.len());
        let (before, after) = template.split_at(at);
        Error::make(&[before, thing, after.get(1..).unwrap_or_default()], 0, Kind::Message)
    }

    /// As [`Error::about`], for a wrong command line.
    #[cold]
    pub fn usage_about(template: &[u8], thing: &[u8]) -> Error {
        let mut error = Error::about(template, thing);
        error.0.kind = Kind::Usage;
        error
    }

    /// `extra operand 'x'`.
    #[cold]
    pub fn extra_operand(operand: &[u8]) -> Error {
        Error::usage_about(b"extra operand '%'", operand)
    }

    /// `missing operand`.
    #[cold]
    pub fn missing_operand() -> Error {
        Error::usage(&[b"missing operand"])
    }

    /// A failed system call on `subject`, a file's name as a rule.
    #[cold]
    pub fn system(subject: &[u8], errno: Errno) -> Error {
        Error::make(&[subject], errno.0, Kind::Message)
    }

    /// Nothing more to say; the applet ends with `status`.
    #[cold]
    pub fn silent(status: u8) -> Error {
        Error::make(&[], 0, Kind::Silent).with_status(status)
    }

    /// The help text was asked for: it goes to standard output, and the status is 0.
    #[cold]
    pub fn help() -> Error {
        Error::make(&[], 0, Kind::Help)
    }

    /// The version was asked for.
    #[cold]
    pub fn version() -> Error {
        Error::make(&[], 0, Kind::Version)
    }

    /// The same failure with an exit status of its own.
    #[cold]
    pub fn with_status(mut self, status: u8) -> Error {
        self.0.status = Some(status);
        self
    }

    /// The system's reason, if it has one.
    pub fn errno(&self) -> Option<Errno> {
        (self.0.errno != 0).then_some(Errno(self.0.errno))
    }
}

impl From<Errno> for Error {
    #[cold]
    fn from(errno: Errno) -> Error {
        Error::make(&[], errno.0, Kind::Message)
    }
}

/// Says what a failed system call was about.
pub trait At<T> {
    /// Turns an error number into an [`Error`] on `subject`.
    fn at(self, subject: &[u8]) -> Result<T>;
}

impl<T> At<T> for sys::Result<T> {
    #[inline]
    fn at(self, subject: &[u8]) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(errno) => Err(Error::system(subject, errno)),
        }
    }
}
