//! The reports are what was measured: prose and figures stand apart, and the pages are both together.

use std::fs;

use cached_tests::reports::{AllFigures, NAMES, figures_path, folder, render, template_path};

#[test]
fn every_report_is_its_template_with_the_figures_that_were_measured() {
    let figures = fs::read(figures_path()).expect("`make reports` has written the figures");
    let figures: AllFigures = serde_json::from_slice(&figures).expect("they are figures");

    for name in NAMES {
        let template = fs::read_to_string(template_path(name)).expect("it has a template");
        let page = fs::read_to_string(folder().join(format!("{name}.md")));

        let made = render(&template, &figures[name]);

        assert_eq!(
            page.expect("`make reports` has written it"),
            made.unwrap_or_else(|error| panic!("{name}: {error}")),
            "reports/{name}.md is not what its template and reports/figures.json make; run `make reports`"
        );
    }
}
