//! Grafana's provisioning: the datasource and where the dashboards are.

use super::yaml;
use crate::model::{Model, grafana_duration};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Datasources {
    api_version: u32,
    datasources: [Datasource; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Datasource {
    name: String,
    uid: String,
    r#type: &'static str,
    access: &'static str,
    org_id: u32,
    url: String,
    is_default: bool,
    editable: bool,
    json_data: JsonData,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonData {
    http_method: &'static str,
    time_interval: String,
    query_timeout: Option<String>,
    prometheus_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Providers {
    api_version: u32,
    providers: [Provider; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    name: String,
    org_id: u32,
    r#type: &'static str,
    folder: Option<String>,
    folder_uid: Option<String>,
    disable_deletion: bool,
    update_interval_seconds: u32,
    allow_ui_updates: bool,
    options: ProviderOptions,
}

#[derive(Serialize)]
struct ProviderOptions {
    path: String,
}

/// The file `datasources.yml`, or `None` if there is no datasource to set up.
///
/// Its time interval is the scrape interval, from which Grafana works out
/// `$__rate_interval`.
pub(super) fn datasources(model: &Model) -> Option<Vec<u8>> {
    let grafana = model.grafana.as_ref()?;
    let source = grafana.datasource.as_ref()?;
    let datasource = Datasource {
        name: verbatim(&source.name),
        uid: verbatim(&source.uid),
        r#type: "prometheus",
        access: "proxy",
        org_id: 1,
        url: verbatim(&source.url),
        is_default: true,
        editable: grafana.editable,
        json_data: JsonData {
            http_method: "POST",
            time_interval: grafana_duration(model.scrape.interval),
            query_timeout: source.timeout.map(grafana_duration),
            prometheus_type: "Prometheus",
        },
    };
    Some(yaml::document(
        &Datasources {
            api_version: 1,
            datasources: [datasource],
        },
        |_| false,
    ))
}

/// The file `providers.yml`, or `None` if there is no Grafana.
pub(super) fn providers(model: &Model) -> Option<Vec<u8>> {
    let grafana = model.grafana.as_ref()?;
    let provider = Provider {
        name: verbatim(grafana.folder.as_deref().unwrap_or("dashwright")),
        org_id: 1,
        r#type: "file",
        folder: grafana.folder.as_deref().map(verbatim),
        folder_uid: grafana.folder_uid.as_deref().map(verbatim),
        disable_deletion: false,
        update_interval_seconds: 30,
        allow_ui_updates: grafana.editable,
        options: ProviderOptions {
            path: verbatim(&grafana.dashboards_path),
        },
    };
    Some(yaml::document(
        &Providers {
            api_version: 1,
            providers: [provider],
        },
        |_| false,
    ))
}

/// Grafana puts environment variables in place of `$NAME`; a doubled sign
/// stands for itself.
fn verbatim(text: &str) -> String {
    text.replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use super::{datasources, providers};
    use crate::render::prometheus::example;
    use serde_json::{Value, json};

    fn read(bytes: Option<Vec<u8>>) -> Value {
        serde_yaml::from_slice(&bytes.unwrap()).unwrap()
    }

    #[test]
    fn the_datasource_has_a_fixed_uid_and_knows_the_scrape_interval() {
        let source = &read(datasources(&example::full()))["datasources"][0];
        assert_eq!(source["uid"], "prometheus");
        assert_eq!(source["isDefault"], true);
        assert_eq!(
            source["jsonData"],
            json!({"httpMethod": "POST", "timeInterval": "15s", "queryTimeout": "1m", "prometheusType": "Prometheus"})
        );
    }

    #[test]
    fn dollars_reach_grafana_as_they_are() {
        let provider = &read(providers(&example::full()))["providers"][0];
        assert_eq!(provider["folder"], "Big $$pender");
        assert_eq!(provider["name"], "Big $$pender");
        assert_eq!(provider["folderUid"], "orchestrator");
        assert_eq!(provider["allowUiUpdates"], false);
        assert_eq!(
            provider["options"],
            json!({"path": "/var/lib/grafana/dashboards"})
        );
    }

    #[test]
    fn dashboards_without_a_folder_go_to_the_general_one() {
        let mut model = example::full();
        model.grafana.as_mut().unwrap().folder = None;
        model.grafana.as_mut().unwrap().folder_uid = None;
        let provider = &read(providers(&model))["providers"][0];
        assert_eq!(provider["name"], "dashwright");
        assert!(provider.get("folder").is_none() && provider.get("folderUid").is_none());
        assert_eq!(providers(&example::empty()), None);
        assert_eq!(datasources(&example::empty()), None);
    }
}
