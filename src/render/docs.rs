//! The page about dashboards, alerts and queries, for people.

mod context;
mod facts;
mod markdown;

use super::engine;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::model::Model;
use minijinja::Error;
use minijinja::value::Serde;

/// The template's path among all templates.
pub(super) const TEMPLATE: &str = "docs/README.md.j2";

const README: &str = include_str!("../../templates/docs/README.md.j2");

/// The file `README.md` beside the dashboards, from the project's own template
/// or from the user's, if there is one.
///
/// # Errors
///
/// If the template has a mistake or uses a name that does not exist; with the
/// project's own template, that cannot be.
pub(super) fn readme(
    model: &Model,
    own: Option<(SourceId, &str)>,
) -> Result<Vec<u8>, Box<Diagnostic>> {
    page(model, own.map_or(README, |(_, text)| text)).map_err(|error| {
        let place = |_: &str| own;
        Box::new(engine::finding(&error, place))
    })
}

fn page(model: &Model, template: &str) -> Result<Vec<u8>, Error> {
    let mut environment = engine::environment();
    environment.add_filter("address", markdown::address);
    environment.add_filter("anchor", markdown::anchor);
    environment.add_filter("cell", markdown::cell);
    environment.add_filter("code", markdown::code);
    environment.add_filter("fence", markdown::fence);
    environment.add_filter("line", markdown::line);
    environment.add_filter("prose", markdown::prose);
    environment.add_template(TEMPLATE, template)?;
    let context = Serde(context::context(model));
    let text = environment.get_template(TEMPLATE)?.render(context)?;
    Ok(markdown::tidy(&text).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::readme;
    use crate::render::prometheus::example;

    fn page(model: &crate::model::Model) -> String {
        String::from_utf8(readme(model, None).unwrap()).unwrap()
    }

    /// Cells of a table's row, with escaped bars inside of them.
    fn cells(row: &str) -> usize {
        row.replace("\\|", "").matches('|').count()
    }

    #[test]
    fn everything_of_the_model_is_on_the_page() {
        let page = page(&example::full());
        for part in [
            "| Agents | [`agents.json`](agents.json) | <http://localhost:3001/d/agents> | 30s | last 1h | `$agent` | 1 |",
            "| Errors | gauge | Share of started tasks that failed | [`error_ratio`](#error_ratio) |",
            "| [`error_ratio`](#error_ratio) &gt; 5% (warning) | 5m | warning |",
            "{{ $value \\| humanizePercentage }} of tasks are failing | Errors (Agents) |",
            "| `error_ratio` | higher | warning | &gt; 5% | yellow |",
            "| `tasks_failed_total` | counter | `agent` | – | Tasks that &lt;failed&gt; or were dropped \\| lost |",
            "| `job:tasks_failed:rate5m` | Failed tasks per second | `team=on` |",
            "### `error_ratio`\n\nShare of started tasks that failed\n\n```promql\nsum(rate(tasks_failed_total[5m]))\n```\n",
            "- Used by: panel “Errors” of Agents; alert `HighErrorRate`\n",
            "Log in to Grafana as `root`",
            "| orchestrator | <http://localhost:3000>, <http://localhost:9100> | `wagging-orchestrator` |",
        ] {
            assert!(page.contains(part), "{part}\nis not in\n{page}");
        }
    }

    #[test]
    fn tables_are_whole_whatever_the_words() {
        for model in [example::full(), example::empty()] {
            let page = page(&model);
            let mut head: Option<usize> = None;
            for line in page.lines() {
                if !line.starts_with('|') {
                    head = None;
                    continue;
                }
                assert_eq!(cells(line), *head.get_or_insert(cells(line)), "{line}");
            }
        }
    }

    #[test]
    fn links_within_the_page_lead_somewhere() {
        let page = page(&example::full());
        let anchors: Vec<_> = page
            .lines()
            .filter(|line| line.starts_with('#'))
            .map(|line| super::markdown::anchor(line.trim_start_matches(['#', ' '])))
            .collect();
        for link in page.split("](#").skip(1) {
            let target = &link[..link.find(')').unwrap()];
            assert!(anchors.iter().any(|anchor| anchor == target), "{target}");
        }
    }

    #[test]
    fn a_template_of_ones_own_takes_its_place() {
        let own = super::page(
            &example::full(),
            "{{ queries | length }} {{ folder | cell }}",
        );
        assert_eq!(own.unwrap(), b"1 Big $pender\n");
        let own = super::page(
            &example::full(),
            "{% for panel in dashboards[0].panels %}{{ panel.title }}: {{ panel.row }}{% endfor %}",
        );
        let own = String::from_utf8(own.unwrap()).unwrap();
        assert!(own.starts_with("Errors: | Errors | gauge |"), "{own}");
        assert!(super::page(&example::full(), "{{ folders }}").is_err());
    }
}
