//! Services that the specs give in compose's own words.

use crate::model::Stack;
use serde_yaml::{Mapping, Value};

/// The service as given, with a name for its container and the stack's
/// network where it has none.
pub(super) fn service(stack: &Stack, name: &str, given: &serde_json::Value) -> Value {
    let Ok(Value::Mapping(given)) = serde_yaml::to_value(given) else {
        return Mapping::new().into();
    };
    let mut service = Mapping::new();
    // First things first: the map of a JSON value is in alphabetical order.
    for key in ["image", "build", "container_name", "restart"] {
        if let Some(value) = given.get(key) {
            service.insert(key.into(), value.clone());
        }
    }
    // Compose refuses a container name for several containers.
    if !["container_name", "scale", "deploy"]
        .iter()
        .any(|key| given.contains_key(*key))
    {
        service.insert(
            "container_name".into(),
            format!("{}{name}", stack.container_prefix).into(),
        );
    }
    for (key, value) in given {
        service.entry(key).or_insert(value);
    }
    if !["networks", "network_mode"]
        .iter()
        .any(|key| service.contains_key(*key))
    {
        service.insert("networks".into(), vec![Value::from(&*stack.network)].into());
    }
    service.into()
}

/// Volumes that compose wants declared: sources of mounts that are names.
pub(super) fn named_volumes(service: &Value) -> Vec<String> {
    let mounts = service.get("volumes").and_then(Value::as_sequence);
    mounts
        .into_iter()
        .flatten()
        .filter_map(named_volume)
        .collect()
}

fn named_volume(mount: &Value) -> Option<String> {
    let source = match mount {
        Value::String(short) => short.split_once(':')?.0,
        long if long.get("type")?.as_str()? == "volume" => long.get("source")?.as_str()?,
        _ => return None,
    };
    let path = source.starts_with(['.', '/', '~', '$']) || source.contains(['/', '\\']);
    (!path && source.len() > 1).then(|| source.to_owned())
}

/// Names of the networks that the service is in.
pub(super) fn networks(service: &Value) -> Vec<String> {
    let names: Vec<&Value> = match service.get("networks") {
        Some(Value::Sequence(names)) => names.iter().collect(),
        Some(Value::Mapping(networks)) => networks.keys().collect(),
        _ => Vec::new(),
    };
    names
        .into_iter()
        .filter_map(Value::as_str)
        .filter(|name| *name != "default")
        .map(str::to_owned)
        .collect()
}
