//! Tables of figures, with their ratios to the floor and to the best peer.

use super::super::report::Table;
use super::super::stdio::ratio;

/// A server's place in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Floor,
    Ours,
    Peer,
}

/// Figures of one server, one for each column. A figure that is missing becomes a dash.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) figures: Vec<Option<u64>>,
}

/// A table with two ratios behind each figure, or one if there is no floor.
pub(super) fn table(title: &str, columns: &[&str], rows: &[Row]) -> Table {
    let has_floor = rows.iter().any(|row| row.role == Role::Floor);
    let mut heads = vec!["server"];
    for column in columns {
        heads.push(column);
        if has_floor {
            heads.push("/ floor");
        }
        heads.push("/ best peer");
    }
    let mut table = Table::new(title, &heads);
    for row in rows {
        let mut cells = vec![row.name.clone()];
        for (column, figure) in row.figures.iter().enumerate() {
            cells.push(figure.map_or_else(dash, |figure| figure.to_string()));
            if has_floor {
                cells.push(to(*figure, least(rows, Role::Floor, column)));
            }
            cells.push(to(*figure, least(rows, Role::Peer, column)));
        }
        table.row(&cells);
    }
    table
}

/// The lowest figure of the servers in a role.
fn least(rows: &[Row], role: Role, column: usize) -> Option<u64> {
    let rows = rows.iter().filter(|row| row.role == role);
    rows.filter_map(|row| *row.figures.get(column)?).min()
}

fn to(figure: Option<u64>, base: Option<u64>) -> String {
    figure.zip(base).map_or_else(dash, |(figure, base)| ratio(figure, base))
}

fn dash() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, role: Role, figures: [Option<u64>; 2]) -> Row {
        Row { name: name.to_owned(), role, figures: figures.to_vec() }
    }

    #[test]
    fn ratios_are_to_the_floor_and_to_the_best_peer() {
        let rows = [
            row("floor", Role::Floor, [Some(50), Some(60)]),
            row("ours", Role::Ours, [Some(100), Some(120)]),
            row("a", Role::Peer, [Some(400), None]),
            row("b", Role::Peer, [Some(200), Some(600)]),
        ];
        let expected = "\
## Calls

| server | old | / floor | / best peer | new | / floor | / best peer |
|---|---|---|---|---|---|---|
| floor | 50 | 1.00 | 0.25 | 60 | 1.00 | 0.10 |
| ours | 100 | 2.00 | 0.50 | 120 | 2.00 | 0.20 |
| a | 400 | 8.00 | 2.00 | – | – | – |
| b | 200 | 4.00 | 1.00 | 600 | 10.00 | 1.00 |
";
        assert_eq!(table("Calls", &["old", "new"], &rows).markdown(), expected);
    }

    #[test]
    fn without_a_floor_or_a_peer_there_is_no_ratio() {
        let rows = [row("ours", Role::Ours, [Some(7), None])];
        let expected = "\
## Builds

| server | crates | / best peer | seconds | / best peer |
|---|---|---|---|---|
| ours | 7 | – | – | – |
";
        assert_eq!(table("Builds", &["crates", "seconds"], &rows).markdown(), expected);
    }
}
