//! Order and completeness of the guide, of the index of examples, and of `llms.txt`.

use std::fs;
use std::path::Path;

use super::{ROOT, report};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).expect("a page can be read")
}

/// Titles and files of the pages in `docs/`, in the order of the table of contents.
fn contents() -> Vec<(String, String)> {
    let contents = read("docs/README.md");
    let mut found = Vec::new();
    for line in contents.lines() {
        let Some((number, entry)) = line.split_once(". [") else { continue };
        let Some((title, rest)) = entry.split_once("](") else { continue };
        let Some((file, _)) = rest.split_once(')') else { continue };
        found.push((title.to_owned(), file.to_owned()));
        assert_eq!(number, found.len().to_string(), "docs/README.md: number of `{title}`");
    }
    found
}

#[test]
fn each_page_ends_with_a_link_to_the_next_one() {
    let contents = contents();
    let mut faults = Vec::new();
    for (index, (_, file)) in contents.iter().enumerate() {
        let expected = match contents.get(index + 1) {
            Some((title, next)) => format!("Next: [{title}]({next})"),
            None => "Back to the [contents](README.md)".to_owned(),
        };
        if read(&format!("docs/{file}")).lines().last() != Some(expected.as_str()) {
            faults.push(format!("docs/{file}: the last line has to be `{expected}`"));
        }
    }
    report(faults);
}

#[test]
fn every_page_is_in_the_contents() {
    let contents = contents();
    let mut faults = Vec::new();
    for entry in fs::read_dir(Path::new(ROOT).join("docs")).expect("the pages can be listed") {
        let name = entry.expect("an entry can be read").file_name().into_string().unwrap();
        let is_listed = contents.iter().any(|(_, file)| *file == name);
        if name.ends_with(".md") && name != "README.md" && !is_listed {
            faults
                .push(format!("docs/{name}: list it in docs/README.md, in the order of teaching"));
        }
    }
    report(faults);
}

#[test]
fn the_readme_and_llms_txt_have_the_order_of_the_contents() {
    let contents = contents();
    let mut faults = Vec::new();
    for (path, heading) in [("README.md", "## Documentation\n"), ("llms.txt", "## Guide\n")] {
        let text = read(path);
        let mut rest = text.split_once(heading).expect("the page has the section").1;
        for (_, file) in &contents {
            match rest.split_once(&format!("](docs/{file})")) {
                Some((_, behind)) => rest = behind,
                None => faults.push(format!("{path}: docs/{file} is missing, or not in order")),
            }
        }
    }
    report(faults);
}

#[test]
fn every_example_is_in_the_index_with_its_command() {
    let index = read("examples/README.md");
    let mut faults = Vec::new();
    let mut count = 0;
    for (package, manifest) in [
        ("mcp-examples", "examples/Cargo.toml"),
        ("mcp-advanced-examples", "examples/advanced/Cargo.toml"),
    ] {
        let manifest = read(manifest);
        for example in manifest.split("[[example]]\nname = \"").skip(1) {
            let name = example.split('"').next().unwrap_or_default();
            let command = format!("-p {package} --example {name}");
            let is_end = |rest: &str| {
                !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
            };
            if !index.split(&command).skip(1).any(is_end) {
                faults.push(format!("examples/README.md: no command with `{command}`"));
            }
            count += 1;
        }
    }
    assert!(count > 20, "only {count} examples were found");
    report(faults);
}

#[test]
fn configurations_in_the_guide_are_those_of_the_files() {
    let page = read("docs/deployment.md");
    let mut faults = Vec::new();
    for (start, file) in [
        ("```dockerfile", "Dockerfile"),
        ("```ini", "mcp-server.service"),
        ("```nginx\nupstream", "nginx.conf"),
        ("```caddyfile", "Caddyfile"),
        ("```yaml\nhttp:", "traefik.yml"),
    ] {
        let file = format!("docs/deployment/{file}");
        let configuration = read(&file);
        let block = page.split_once(start).expect("the page has the block").1;
        let block = block.split("```").next().unwrap_or_default();
        for line in block.lines().skip(1).map(str::trim).filter(|line| !line.is_empty()) {
            if !configuration.lines().any(|known| known.trim() == line) {
                faults.push(format!("docs/deployment.md: `{line}` is no line of {file}"));
            }
        }
    }
    report(faults);
}

/// A sample that is not compiled grows old. The README has one, which `mcp-runtime/tests/served/readme.rs` compiles.
#[test]
fn samples_are_compiled_unless_they_are_of_another_framework() {
    let mut faults = Vec::new();
    for (_, file) in contents() {
        let page = read(&format!("docs/{file}"));
        for sample in page.split("\n```rust,ignore\n").skip(1) {
            if !sample.starts_with("// rmcp") {
                let first = sample.lines().next().unwrap_or_default();
                faults.push(format!(
                    "docs/{file}: make the sample a test that begins with `{first}`"
                ));
            }
        }
    }
    report(faults);
}
