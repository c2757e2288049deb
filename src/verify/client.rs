//! Asks servers over HTTP: reads only, within bounds of time and memory.

use super::trouble::Trouble;
use base64::prelude::{BASE64_STANDARD, Engine};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use ureq::config::Config;
use ureq::http::header::{CONTENT_TYPE, DATE, LOCATION};
use ureq::http::{HeaderMap, Response};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, RequestBuilder};

/// Most bytes of an answer: more than any sane server gives.
const MAX_BODY: u64 = 64 << 20;
/// Bytes of a refusal that are quoted.
const MAX_QUOTE: usize = 200;
/// Formats of expositions that are understood, as Prometheus asks for them.
const ACCEPT_METRICS: &str =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// How servers are spoken to.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// How long an answer may take, from first byte to last.
    pub timeout: Duration,
    /// File with a bearer token.
    pub bearer_token_file: Option<PathBuf>,
    /// File with `user:password`.
    pub basic_auth_file: Option<PathBuf>,
    /// File with the certificates of authorities to trust, in place of Mozilla's.
    pub ca_file: Option<PathBuf>,
    /// File with the client's certificate.
    pub cert_file: Option<PathBuf>,
    /// File with the client's key.
    pub key_file: Option<PathBuf>,
    /// Whether any certificate will do.
    pub insecure_skip_verify: bool,
}

/// A file with a credential or certificate that is of no use.
#[derive(Debug)]
pub struct AccessError {
    path: PathBuf,
    reason: String,
}

impl std::fmt::Display for AccessError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for AccessError {}

/// Speaks to servers.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    authorization: Option<String>,
}

/// What a server answered.
pub(super) struct Answer {
    pub(super) text: String,
    /// The server's clock less this machine's, in seconds, if it tells the time.
    pub(super) clock_ahead: Option<f64>,
    /// Whether the server says that it is OpenMetrics.
    pub(super) open_metrics: Option<bool>,
}

impl Client {
    /// Reads the files that `access` names. Proxies are those of the environment.
    ///
    /// # Errors
    /// If a file cannot be read or holds something else.
    pub fn new(access: &Access) -> Result<Self, AccessError> {
        let config = Config::builder()
            .timeout_global(Some(access.timeout))
            .http_status_as_error(false)
            // Where a server leads to, somebody should look before it is trusted.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("dashwright/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls(access)?)
            .build();
        Ok(Self {
            agent: config.new_agent(),
            authorization: authorization(access)?,
        })
    }

    /// The exposition at `url`.
    pub(super) fn metrics(&self, url: &str) -> Result<Answer, Trouble> {
        let (status, answer) = asked(|| {
            let request = self.signed(self.agent.get(url).header("Accept", ACCEPT_METRICS));
            read(request.call()?)
        })?;
        if status == 200 {
            Ok(answer)
        } else {
            Err(Trouble::status(status, &quote(&answer.text)))
        }
    }

    /// What an API answers to a `GET`, as JSON of any status.
    pub(super) fn get(&self, url: &str, parameters: &[(&str, &str)]) -> Result<Answer, Trouble> {
        json(asked(|| {
            let request = self.agent.get(url).header("Accept", "application/json");
            let request = request.query_pairs(parameters.iter().copied());
            read(self.signed(request).call()?)
        })?)
    }

    /// What a query API answers; by `POST`, since expressions can be longer
    /// than addresses may be.
    pub(super) fn query(&self, url: &str, form: &[(&str, &str)]) -> Result<Answer, Trouble> {
        json(asked(|| {
            let request = self.agent.post(url).header("Accept", "application/json");
            read(self.signed(request).send_form(form.iter().copied())?)
        })?)
    }

    /// A request that says who asks.
    fn signed<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.authorization {
            Some(authorization) => request.header("Authorization", authorization),
            None => request,
        }
    }
}

type Asked = Result<(u16, Answer), Trouble>;

/// Asks again if the connection breaks off: a server may close one that waits
/// for its next request at any time, and nothing that is asked changes anything.
fn asked(ask: impl Fn() -> Asked) -> Asked {
    match ask() {
        Err(Trouble::Closed(_)) => ask(),
        answered => answered,
    }
}

/// The answer of an API: JSON, also where it refuses.
fn json((status, answer): (u16, Answer)) -> Result<Answer, Trouble> {
    let is_json = answer.text.trim_start().starts_with(['{', '[', '"']);
    match status {
        401 | 403 => Err(Trouble::status(status, &quote(&answer.text))),
        _ if is_json => Ok(answer),
        200 => Err(Trouble::NotJson(quote(&answer.text))),
        _ => Err(Trouble::status(status, &quote(&answer.text))),
    }
}

fn read(response: Response<Body>) -> Asked {
    let status = response.status().as_u16();
    let header = |name| text_of(response.headers(), name).map(str::to_owned);
    if (300..400).contains(&status) {
        return Err(Trouble::Redirect(header(LOCATION).unwrap_or_default()));
    }
    let clock_ahead = header(DATE).as_deref().and_then(ahead);
    let open_metrics = header(CONTENT_TYPE).map(|kind| kind.contains("openmetrics-text"));
    let mut bytes = Vec::new();
    response
        .into_body()
        .into_reader()
        .take(MAX_BODY + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Trouble::from(ureq::Error::from(error)))?;
    if bytes.len() as u64 > MAX_BODY {
        return Err(Trouble::TooLarge(MAX_BODY >> 20));
    }
    let text = String::from_utf8(bytes).map_err(|_| Trouble::NotText)?;
    Ok((
        status,
        Answer {
            text,
            clock_ahead,
            open_metrics,
        },
    ))
}

fn text_of(headers: &HeaderMap, name: ureq::http::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// How far the clock that said `date` is ahead of this one. HTTP tells whole
/// seconds, so that half a second is the best guess.
fn ahead(date: &str) -> Option<f64> {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?;
    Some(super::clock::http_date(date)? + 0.5 - now.as_secs_f64())
}

/// The start of what a server said, on one line.
fn quote(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() > MAX_QUOTE {
        let mut end = MAX_QUOTE;
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        line.truncate(end);
        line.push('…');
    }
    line
}

fn authorization(access: &Access) -> Result<Option<String>, AccessError> {
    if let Some(path) = &access.bearer_token_file {
        return Ok(Some(format!("Bearer {}", secret(path)?)));
    }
    let Some(path) = &access.basic_auth_file else {
        return Ok(None);
    };
    let pair = secret(path)?;
    if !pair.contains(':') {
        return Err(AccessError {
            path: path.clone(),
            reason: "does not hold `user:password`".to_owned(),
        });
    }
    Ok(Some(format!("Basic {}", BASE64_STANDARD.encode(pair))))
}

/// The one line that a file with a credential holds.
fn secret(path: &Path) -> Result<String, AccessError> {
    let text = String::from_utf8(bytes(path)?).unwrap_or_default();
    let secret = text.trim();
    if secret.is_empty() || secret.contains(|c: char| c.is_control() || !c.is_ascii()) {
        return Err(AccessError {
            path: path.to_owned(),
            reason: "does not hold one line of plain text".to_owned(),
        });
    }
    Ok(secret.to_owned())
}

fn bytes(path: &Path) -> Result<Vec<u8>, AccessError> {
    std::fs::read(path).map_err(|error| AccessError {
        path: path.to_owned(),
        reason: format!("cannot be read: {error}"),
    })
}

fn tls(access: &Access) -> Result<TlsConfig, AccessError> {
    let mut config = TlsConfig::builder().disable_verification(access.insecure_skip_verify);
    if let Some(path) = &access.ca_file {
        config = config.root_certs(RootCerts::from(certificates(path)?));
    }
    if let (Some(cert), Some(key)) = (&access.cert_file, &access.key_file) {
        let key_bytes = bytes(key)?;
        let key = PrivateKey::from_pem(&key_bytes).map_err(|_| AccessError {
            path: key.clone(),
            reason: "holds no private key in PEM".to_owned(),
        })?;
        let identity = ClientCert::new_with_certs(&certificates(cert)?, key);
        config = config.client_cert(Some(identity));
    }
    Ok(config.build())
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, AccessError> {
    let pem = bytes(path)?;
    let found: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(AccessError {
            path: path.to_owned(),
            reason: "holds no certificate in PEM".to_owned(),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quote(" a\n  b\t"), "a b");
        let long = quote(&"é".repeat(1000));
        assert!(long.len() < 210 && long.ends_with('…'), "{long}");
    }
}
