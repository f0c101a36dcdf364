//! What the components of another server are called here.

use mcp_core::protocol::Content;

use crate::component::mount_scope::mounted_uri;

/// The names under a prefix, or the names as they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naming(pub(crate) Option<String>);

impl Naming {
    /// The name of a tool or prompt.
    pub(crate) fn name(&self, original: &str) -> String {
        match &self.0 {
            Some(prefix) => format!("{prefix}_{original}"),
            None => original.to_owned(),
        }
    }

    /// The URI of a resource, or the template of URIs.
    ///
    /// # Errors
    /// What is missing from the URI.
    pub(crate) fn uri(&self, original: &str) -> Result<String, String> {
        match &self.0 {
            Some(prefix) => mounted_uri(prefix, original),
            None => Ok(original.to_owned()),
        }
    }

    /// The URI by which the other server knows a resource.
    pub(crate) fn original(&self, uri: &str) -> Option<String> {
        let Some(prefix) = &self.0 else { return Some(uri.to_owned()) };
        let (scheme, rest) = uri.split_once("://")?;
        let rest = rest.strip_prefix(prefix.as_str())?.strip_prefix('/')?;
        Some(format!("{scheme}://{rest}"))
    }

    /// Gives a URI the name that it has here, if it can have one.
    pub(crate) fn rename(&self, uri: &mut String) {
        if let Ok(named) = self.uri(uri) {
            *uri = named;
        }
    }

    /// Has resources that content speaks of be read here.
    pub(crate) fn rename_in(&self, content: &mut Content) {
        match content {
            Content::ResourceLink(resource) => self.rename(&mut resource.uri),
            Content::Resource(embedded) => self.rename(&mut embedded.resource.uri),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_found_again() {
        let naming = Naming(Some("math".into()));
        let named = naming.uri("file://notes/a").unwrap();
        assert_eq!(named, "file://math/notes/a");
        assert_eq!(naming.original(&named).as_deref(), Some("file://notes/a"));
        assert_eq!(naming.original("file://maths/notes"), None);
        assert!(naming.uri("urn:x").is_err());
        assert_eq!(Naming(None).original("urn:x").as_deref(), Some("urn:x"));
    }
}
