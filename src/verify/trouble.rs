//! Why a server gave no usable answer, and what to do about it.

use std::fmt;
use std::io::ErrorKind;

/// Why a server gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The address is none.
    Address(String),
    /// No such host.
    NoHost,
    /// Nobody listens there.
    Refused,
    /// It took too long.
    Timeout,
    /// The connection was closed or broke.
    Closed(String),
    /// No trust, or no common language.
    Tls(String),
    /// It is not HTTP.
    NotHttp(String),
    /// The server wants to know who asks.
    Unauthorized(u16),
    /// Another status than success.
    Status(u16, String),
    /// It leads elsewhere.
    Redirect(String),
    /// The answer is larger than so many MiB.
    TooLarge(u64),
    /// The answer is not UTF-8.
    NotText,
    /// The answer of an API is no JSON, or not the JSON it should be.
    NotJson(String),
    /// A file that cannot be read.
    File(String),
}

impl Trouble {
    pub(super) fn status(status: u16, quote: &str) -> Self {
        match status {
            401 | 403 => Self::Unauthorized(status),
            _ => Self::Status(status, quote.to_owned()),
        }
    }

    /// What to do about it.
    pub(super) fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused => "is it running, and is the port right?",
            Self::NoHost => "is the name right, and does it resolve on this machine?",
            Self::Timeout => "`--timeout` says how long to wait for an answer",
            Self::Tls(reason) if reason.contains("UnknownIssuer") => {
                "`--ca-file` names the authority to trust"
            }
            Self::Tls(_) => {
                "does the server speak TLS, and under this name? `--ca-file`, `--cert-file` and `--key-file` name certificates"
            }
            Self::Unauthorized(_) => "`--bearer-token-file` or `--basic-auth-file` names who asks",
            Self::Status(_, quote) if quote.contains("HTTPS server") => {
                "the server speaks TLS there: write `https://`"
            }
            Self::Closed(_) => {
                "is this its port, and does it speak TLS there or not, as the address says?"
            }
            Self::Status(404, _) => "is the path right?",
            Self::Redirect(_) => "give the address where it leads, if you trust it",
            Self::NotHttp(_) => "does the server speak TLS there? then write `https://`",
            Self::NotJson(_) => {
                "is this the server that it should be, and not a proxy or a login page?"
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(reason) => write!(f, "the address is not usable: {reason}"),
            Self::NoHost => f.write_str("there is no such host"),
            Self::Refused => f.write_str("the connection is refused"),
            Self::Timeout => f.write_str("there is no answer in time"),
            Self::Closed(reason) => write!(f, "the connection breaks off: {reason}"),
            Self::Tls(reason) => write!(f, "no secure connection: {reason}"),
            Self::NotHttp(reason) => write!(f, "the answer is not HTTP: {reason}"),
            Self::Unauthorized(401) => f.write_str("it asks who is asking (401)"),
            Self::Unauthorized(status) => write!(f, "it forbids to ask ({status})"),
            Self::Status(status, quote) if quote.is_empty() => write!(f, "it answers {status}"),
            Self::Status(status, quote) => write!(f, "it answers {status}: {quote}"),
            Self::Redirect(to) if to.is_empty() => f.write_str("it redirects to nowhere"),
            Self::Redirect(to) => write!(f, "it redirects to `{to}`"),
            Self::TooLarge(mebibytes) => write!(f, "the answer is larger than {mebibytes} MiB"),
            Self::NotText => f.write_str("the answer is not UTF-8"),
            Self::NotJson(quote) if quote.is_empty() => f.write_str("the answer is empty"),
            Self::NotJson(quote) => write!(f, "the answer is not what its API gives: {quote}"),
            Self::File(reason) => f.write_str(reason),
        }
    }
}

impl From<ureq::Error> for Trouble {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::HostNotFound => Self::NoHost,
            ureq::Error::Timeout(_) => Self::Timeout,
            ureq::Error::BadUri(reason) => Self::Address(reason),
            ureq::Error::Http(reason) => Self::Address(reason.to_string()),
            ureq::Error::Protocol(reason) => Self::NotHttp(reason.to_string()),
            ureq::Error::Rustls(reason) => Self::Tls(reason.to_string()),
            ureq::Error::Tls(reason) => Self::Tls(reason.to_owned()),
            ureq::Error::ConnectionFailed => Self::Refused,
            ureq::Error::Io(reason) => Self::io(&reason),
            other => Self::Closed(other.to_string()),
        }
    }
}

impl Trouble {
    fn io(error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Self::Timeout,
            // What rustls has to say comes wrapped.
            ErrorKind::InvalidData | ErrorKind::InvalidInput => Self::Tls(error.to_string()),
            _ if error.to_string().contains("lookup address") => Self::NoHost,
            _ => Self::Closed(error.to_string()),
        }
    }
}
