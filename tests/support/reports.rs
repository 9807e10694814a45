//! Reports: prose in a template, figures in a file, and the page that the two make.
//!
//! A page under `reports/` is its template under `tests/examples/reports/templates/` with the figures of
//! `reports/figures.json` in its places, to the last byte. So neither prose nor figures can be changed in the page alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, Output, State, UndefinedBehavior, escape_formatter};
use serde_json::{Map, Value};

/// The reports that are made so.
pub const NAMES: [&str; 6] = [
    "performance",
    "redis-integration",
    "endpoint",
    "testing",
    "integration_report",
    "iosm_report",
];

/// The figures of one report, by the names of their places.
pub type Figures = Map<String, Value>;

/// The figures of all reports, by the names of the reports.
pub type AllFigures = BTreeMap<String, Figures>;

/// Returns the folder of the reports.
#[must_use]
pub fn folder() -> PathBuf {
    root().join("reports")
}

/// Returns the path of the figures.
#[must_use]
pub fn figures_path() -> PathBuf {
    folder().join("figures.json")
}

/// Returns the path of the template of the report `name`.
#[must_use]
pub fn template_path(name: &str) -> PathBuf {
    root().join(format!("tests/examples/reports/templates/{name}.md.jinja"))
}

/// Returns the folder of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).to_owned()
}

/// Returns the page that `template` makes with `figures`, the thousands of whole numbers apart.
///
/// # Errors
/// Returns which place has no figure, which figure has no place, or what is wrong with the template.
pub fn render(template: &str, figures: &Figures) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(write_figure);
    let told = |error: minijinja::Error| format!("{error:#}");
    let mut syntax = SyntaxConfig::builder();
    let syntax = syntax.keep_trailing_newline(true).trim_blocks(true).build();
    environment.set_syntax(syntax.map_err(told)?);
    let template = environment.template_from_str(template).map_err(told)?;
    let places = template.undeclared_variables(false);
    if let Some(figure) = figures.keys().find(|figure| !places.contains(*figure)) {
        return Err(format!("the figure `{figure}` has no place"));
    }
    if let Some(place) = places.iter().find(|place| !figures.contains_key(*place)) {
        return Err(format!("the place `{place}` has no figure"));
    }
    template.render(Serde(figures)).map_err(told)
}

/// Writes a whole number as in `12,345`, and everything else as it is.
fn write_figure(
    page: &mut Output<'_>,
    state: &mut State<'_, '_>,
    figure: &minijinja::Value,
) -> Result<(), minijinja::Error> {
    let is_number = figure.kind() == ValueKind::Number;
    let Some(number) = figure.as_i64().filter(|_| is_number) else {
        return escape_formatter(page, state, figure);
    };
    let digits = number.unsigned_abs().to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    let sign = if number < 0 { "-" } else { "" };
    write!(page, "{sign}{}", groups.join(",")).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn figures(value: Value) -> Figures {
        serde_json::from_value(value).expect("it is an object")
    }

    #[test]
    fn figures_stand_in_their_places() {
        let template =
            "{{ hits }} hits\n{% for row in rows %}\n| {{ row.name }} |\n{% endfor %}\nend\n";

        let page = render(
            template,
            &figures(json!({"hits": 7, "rows": [{"name": "a < b"}, {"name": "c"}]})),
        );

        assert_eq!(page.unwrap(), "7 hits\n| a < b |\n| c |\nend\n");
    }

    #[test]
    fn whole_numbers_have_their_thousands_apart() {
        let figures =
            figures(json!({"figures": [0, 999, 1000, 1000.0, -1_234_567, 1000.5, "1000"]}));

        let page = render(
            "{% for figure in figures %}{{ figure }};{% endfor %}",
            &figures,
        );

        assert_eq!(page.unwrap(), "0;999;1,000;1,000;-1,234,567;1000.5;1000;");
    }

    #[test]
    fn a_place_without_a_figure_is_refused() {
        let missing = render("{{ hits }} of {{ calls }}", &figures(json!({"hits": 7})));
        let within = render(
            "{% for row in rows %}{{ row.hits }}{% endfor %}",
            &figures(json!({"rows": [{"calls": 8}]})),
        );

        assert_eq!(missing.unwrap_err(), "the place `calls` has no figure");
        assert!(within.unwrap_err().contains("undefined value"));
    }

    #[test]
    fn a_figure_without_a_place_is_refused() {
        let idle = render("{{ hits }}", &figures(json!({"hits": 7, "calls": 8})));

        assert_eq!(idle.unwrap_err(), "the figure `calls` has no place");
    }
}
