//! Settings that the target systems would refuse, or that would put secrets
//! into committed files.

use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::spec::Named;
use serde_json::Value;
use std::sync::Arc;

/// Reports a text that is no address of the web.
pub(in crate::resolve) fn check_address(url: &Spanned<Arc<str>>, sink: &mut Sink) {
    let text = url.as_str();
    let rest = text
        .strip_prefix("http://")
        .or_else(|| text.strip_prefix("https://"));
    let named = rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace)
    });
    if !named {
        sink.push(
            Diagnostic::new(Code::InvalidValue, format!("`{url}` is no address")).at(
                url.span,
                "starts with neither `http://` nor `https://`, or names no host",
            ),
        );
    }
}

/// Reports a text that is no target.
pub(in crate::resolve) fn check_target(target: &Spanned<Arc<str>>, sink: &mut Sink) {
    if is_target(target.as_str()) {
        return;
    }
    let diagnostic = Diagnostic::new(Code::InvalidValue, format!("`{target}` is no target"))
        .at(target.span, "expected `host:port`");
    sink.push(if target.as_str().contains('/') {
        diagnostic.help("the rest of an address goes into `scheme` and `path`")
    } else {
        diagnostic
    });
}

/// Reports a path with a query: Prometheus would ask for a file of that name.
pub(super) fn check_path(path: Option<&Spanned<Arc<str>>>, sink: &mut Sink) {
    let Some(path) = path else { return };
    let text = path.as_str();
    let message = if !text.starts_with('/') {
        "the path of a job begins with `/`"
    } else if text.contains(['?', '#']) || text.contains(char::is_whitespace) {
        "the path of a job is a path only"
    } else {
        return;
    };
    let diagnostic =
        Diagnostic::new(Code::InvalidValue, message).at(path.span, "expected one like `/metrics`");
    sink.push(if text.contains('?') {
        diagnostic.help("what follows `?` goes into `raw`, as `params: { name: [value] }`")
    } else {
        diagnostic
    });
}

/// Whether a text is a host, and a port unless it is the scheme's own.
fn is_target(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, rest)) if rest.starts_with(':') => (host, Some(&rest[1..])),
            _ => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let named = host
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
    let numbered = port.is_none_or(|port| {
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        digits && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    !host.is_empty() && named && numbered
}

/// What is merged into a job must neither rename it nor hold secrets.
pub(super) fn check_raw(name: &Spanned<Arc<str>>, raw: &Spanned<Value>, sink: &mut Sink) {
    if !raw.value.is_object() {
        sink.push(
            Diagnostic::new(
                Code::WrongType,
                "`raw` is merged into the job, so it must be a mapping",
            )
            .at(raw.span, "not a mapping"),
        );
    }
    if raw.value.get("job_name").is_some() {
        sink.push(
            Diagnostic::new(
                Code::ConflictingKeys,
                format!("the job `{name}` has its name from its key"),
            )
            .at(raw.span, "must not hold `job_name`"),
        );
    }
    if let Some(secret) = secret_key(&raw.value) {
        sink.push(
            Diagnostic::new(
                Code::SecretInline,
                format!("`{secret}` would be written into a file that is committed"),
            )
            .at(raw.span, "holds a secret")
            .help(format!(
                "write it into a file and name that with `{secret}_file`"
            )),
        );
    }
}

/// A key of Prometheus's configuration whose value is a secret, anywhere below.
fn secret_key(value: &Value) -> Option<&str> {
    const SECRETS: [&str; 5] = [
        "password",
        "credentials",
        "bearer_token",
        "client_secret",
        "secret_key",
    ];
    match value {
        Value::Object(entries) => entries.iter().find_map(|(key, value)| {
            if SECRETS.contains(&key.as_str()) && value.is_string() {
                Some(key.as_str())
            } else {
                secret_key(value)
            }
        }),
        Value::Array(items) => items.iter().find_map(secret_key),
        _ => None,
    }
}

/// Reports secrets among environment variables.
pub(super) fn check_environment(variables: &[Named<Spanned<Arc<str>>>], sink: &mut Sink) {
    const WORDS: [&str; 3] = ["PASSWORD", "SECRET", "TOKEN"];
    for Named { name, item } in variables {
        let secret = WORDS.iter().any(|word| name.as_str().contains(word))
            && !name.as_str().ends_with("__FILE");
        if let Some(given) = item
            .as_ref()
            .filter(|given| secret && !given.as_str().contains("${"))
        {
            sink.push(
                Diagnostic::new(
                    Code::SecretInline,
                    format!("`{name}` would be written into a file that is committed"),
                )
                .at(given.span, "a secret")
                .help("take it from the environment, as `${NAME}`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_target, secret_key};
    use serde_json::json;

    #[test]
    fn targets_are_hosts_and_ports() {
        for text in [
            "app:80",
            "app",
            "10.0.0.1:9100",
            "[::1]:9090",
            "my-app.svc:65535",
        ] {
            assert!(is_target(text), "{text}");
        }
        for text in [
            "",
            ":80",
            "app:",
            "app:0",
            "app:99999",
            "a b:80",
            "[::1",
            "a:80,b:80",
            "http://a:80",
            "a?x:80",
            "a:+1",
        ] {
            assert!(!is_target(text), "{text}");
        }
    }

    #[test]
    fn secrets_are_found_at_any_depth() {
        assert_eq!(
            secret_key(&json!({"basic_auth": {"password": "x"}})),
            Some("password")
        );
        assert_eq!(
            secret_key(&json!([{"authorization": {"credentials": "x"}}])),
            Some("credentials")
        );
        assert_eq!(
            secret_key(&json!({"basic_auth": {"password_file": "x"}})),
            None
        );
    }
}
