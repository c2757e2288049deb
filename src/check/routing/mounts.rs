//! Files that services of the stack are told to read.

use crate::check::context::{Context, items};
use crate::diagnostic::{Code, Diagnostic, Sink, Spanned};
use crate::model::secret_mount;
use crate::spec::shape;
use std::sync::Arc;

type Path = Spanned<Arc<str>>;

/// Files with secrets, certificates or templates that no volume brings into
/// the container.
pub(in crate::check) fn missing(context: &Context<'_>, sink: &mut Sink) {
    let Some(stack) = &context.specs.stack else {
        return;
    };
    if let Some(service) = &stack.prometheus {
        let jobs = context.specs.scrape.iter().flat_map(|scrape| &scrape.jobs);
        let files = jobs.filter_map(|job| job.item.as_ref()).flat_map(of_job);
        judge("prometheus", service, files, sink);
    }
    if let (Some(service), Some(alertmanager)) = (&stack.alertmanager, &context.specs.alertmanager)
    {
        judge("alertmanager", service, of_alertmanager(alertmanager), sink);
    }
}

fn judge<'s>(
    name: &str,
    service: &shape::Service,
    files: impl Iterator<Item = &'s Path>,
    sink: &mut Sink,
) {
    let mounts = service.secrets.iter().filter_map(|secret| {
        let (_, target) = secret_mount(secret.as_str())?;
        Some(target.trim_end_matches('/'))
    });
    let mounts: Vec<_> = mounts.collect();
    let is_mounted = |path: &str| {
        mounts.iter().any(|mount| {
            let below = path.strip_prefix(mount);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    for file in files.filter(|file| !is_mounted(file.as_str())) {
        let base = file.as_str().rsplit('/').next().unwrap_or_default();
        sink.push(
            Diagnostic::new(
                Code::UnmountedFile,
                format!("the container of `{name}` has no file `{file}`"),
            )
            .at(file.span, "not mounted")
            .help(format!(
                "add it to the `secrets` of `stack.{name}`, such as `./secrets/{base}:{file}`"
            )),
        );
    }
}

fn of_job(job: &shape::Job) -> impl Iterator<Item = &Path> {
    let tls = job.tls.iter();
    let tls = tls.flat_map(|tls| [&tls.ca_file, &tls.cert_file, &tls.key_file]);
    let login = job.basic_auth.iter().map(|login| &login.password_file);
    job.bearer_token_file
        .iter()
        .chain(login)
        .chain(tls.flatten())
}

fn of_alertmanager(spec: &shape::Alertmanager) -> impl Iterator<Item = &Path> {
    let receivers = items(&spec.receivers).flat_map(|(_, receiver)| {
        let slack = receiver.slack.iter().map(|way| &way.api_url_file);
        let hooks = receiver.webhook.iter();
        let hooks = hooks.filter_map(|way| way.url_file.as_ref());
        let pagers = receiver.pagerduty.iter().map(|way| &way.routing_key_file);
        slack.chain(hooks).chain(pagers)
    });
    let smtp = spec.smtp.iter();
    smtp.filter_map(|smtp| smtp.password_file.as_ref())
        .chain(receivers)
        .chain(&spec.templates)
}
