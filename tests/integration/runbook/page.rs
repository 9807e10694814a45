//! The runbook, taken apart.

pub(super) const PAGE: &str = include_str!("../../../RUNBOOK.md");

/// A part of the page that has a heading of the second level.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    /// The commands of each block, and the line at which it begins.
    blocks: Vec<(usize, &'static str)>,
}

/// Returns the sections that have commands, in their order.
pub(super) fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut begun = None;
    let mut start = 0;
    let mut in_other_block = false;
    for (number, line) in (1..).zip(PAGE.split_inclusive('\n')) {
        let end = start + line.len();
        match (line.trim_end(), begun) {
            ("```", Some((at, from))) => {
                let section = sections.last_mut().expect("commands stand under a heading");
                section.blocks.push((at, &PAGE[from..start]));
                begun = None;
            }
            ("```", None) => in_other_block = false,
            ("```sh", None) => begun = Some((number + 1, end)),
            (fence, None) if fence.starts_with("```") => in_other_block = true,
            (heading, None) if !in_other_block => {
                if let Some(heading) = heading.strip_prefix("## ") {
                    let blocks = Vec::new();
                    sections.push(Section { heading, blocks });
                }
            }
            _ => {}
        }
        start = end;
    }
    sections.retain(|section| !section.blocks.is_empty());
    sections
}

/// Returns the names that differ from place to place, as they are with `docker-compose.yml`: the first block of the page.
pub(super) fn names() -> &'static str {
    let (_, block) = PAGE.split_once("\n```bash\n").expect("it is there");
    let (names, _) = block.split_once("\n```\n").expect("a block ends");
    names
}

/// Returns what the commands of all sections use: the second block of the page.
pub(super) fn definitions() -> &'static str {
    let sections = sections();
    let first = sections.first().expect("the page has commands");
    assert_eq!(first.heading, super::FIRST);
    first.blocks[0].1
}

impl Section {
    /// Returns the blocks one after the other, each of which says where it stands when it begins.
    pub(super) fn script(&self) -> String {
        let blocks = self.blocks.iter();
        let blocks =
            blocks.map(|(line, commands)| format!("echo '-- line {line}' >&2\n{commands}"));
        blocks.collect::<Vec<_>>().concat()
    }
}
