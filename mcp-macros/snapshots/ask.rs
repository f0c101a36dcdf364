/// Delete a file.
#[tool]
async fn delete(
    path: &str,
    #[ask("Really delete {path}?", key = "confirm", volatile)] confirm: Confirm,
    cx: &Context,
    #[ask("Why?")] r#where: Elicited<Reason>,
) {
}

/// Greet somebody.
#[prompt]
async fn greet(#[ask("Whom?")] person: Person) -> String {
    person.name
}
