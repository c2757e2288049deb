//! The compose stack: services, containers, ports, network, and mounts that
//! make every generated file load.

use crate::json::{texts, tree};
use crate::reference::Generated;
use serde_json::Value;
use std::path::Path;

const NETWORK: &str = "orchestrator-net";

const SERVICES: [(&str, &str, &[&str]); 4] = [
    (
        "orchestrator",
        "wagging-orchestrator",
        &["3000:3000", "9100:9100"],
    ),
    ("prometheus", "wagging-prometheus", &["9090:9090"]),
    ("grafana", "wagging-grafana", &["3001:3000"]),
    ("alertmanager", "wagging-alertmanager", &["9093:9093"]),
];

fn compose() -> (Generated, Value) {
    let generated = Generated::reference();
    let file = tree(&generated, "docker-compose.yml");
    (generated, file)
}

#[test]
fn services_have_their_containers_ports_and_network() {
    let (_, file) = compose();
    let services = file["services"].as_object().unwrap();
    assert_eq!(services.len(), SERVICES.len());
    for (name, container, ports) in SERVICES {
        let service = &services[name];
        assert_eq!(service["container_name"], container);
        assert_eq!(texts(&service["ports"]), ports, "{name}");
        assert_eq!(texts(&service["networks"]), [NETWORK], "{name}");
        assert!(service["image"].is_string(), "{name}");
    }
    assert_eq!(file["networks"][NETWORK]["name"], NETWORK);
}

#[test]
fn grafana_takes_its_password_from_the_environment() {
    let (_, file) = compose();
    let environment = &file["services"]["grafana"]["environment"];
    assert_eq!(environment["GF_SECURITY_ADMIN_USER"], "admin");
    assert_eq!(
        environment["GF_SECURITY_ADMIN_PASSWORD"],
        "${GRAFANA_PASSWORD:-admin}"
    );
}

#[test]
fn every_configuration_is_mounted_where_its_program_looks() {
    let (generated, file) = compose();
    for (service, source, target) in [
        (
            "prometheus",
            "prometheus.yml",
            "/etc/prometheus/prometheus.yml",
        ),
        (
            "prometheus",
            "alert-rules.yml",
            "/etc/prometheus/alert-rules.yml",
        ),
        (
            "alertmanager",
            "alertmanager.yml",
            "/etc/alertmanager/alertmanager.yml",
        ),
        (
            "grafana",
            "datasources.yml",
            "/etc/grafana/provisioning/datasources/datasources.yml",
        ),
        (
            "grafana",
            "providers.yml",
            "/etc/grafana/provisioning/dashboards/providers.yml",
        ),
    ] {
        let mounts = texts(&file["services"][service]["volumes"]);
        let mount = format!("./monitoring/{source}:{target}:ro");
        assert!(mounts.contains(&&*mount), "no {mount} in {mounts:?}");
    }
    let services = file["services"].as_object().unwrap();
    for (name, service) in services {
        let Some(volumes) = service.get("volumes") else {
            continue;
        };
        for mount in texts(volumes) {
            if let Some(source) = mount.strip_prefix("./") {
                let source = source.split(':').next().unwrap();
                assert!(generated.path(source).exists(), "{name} mounts {source}");
            } else {
                let volume = mount.split(':').next().unwrap();
                assert!(file["volumes"].get(volume).is_some(), "{name}: {volume}");
            }
        }
    }
}

/// A Dockerfile cannot be tried without Docker; what it names can be looked for.
#[test]
fn the_orchestrator_is_built_from_files_that_are_there() {
    let (_, file) = compose();
    let build = &file["services"]["orchestrator"]["build"];
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let context = repository.join("generated").join(text(&build["context"]));
    let dockerfile = context.join(text(&build["dockerfile"]));
    let steps = std::fs::read_to_string(&dockerfile).unwrap();
    let copied: Vec<&str> = steps
        .lines()
        .filter_map(|line| line.strip_prefix("COPY ")?.split(' ').next())
        .filter(|source| !source.starts_with("--"))
        .collect();
    assert_eq!(copied, ["generated/emitter", "examples/orchestrator"]);
    let ignored = std::fs::read_to_string(dockerfile.with_extension("dockerignore")).unwrap();
    for source in copied {
        assert!(
            context.join(source).join("Cargo.toml").is_file(),
            "{source}"
        );
        assert!(ignored.contains(&format!("\n!{source}\n")), "{ignored}");
    }
    assert!(context.join("examples/orchestrator/Cargo.lock").is_file());
    assert!(steps.contains("\nUSER "), "it must not run as root");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
