//! Names and URIs of the components of an upstream server in this server.

use mcp_core::protocol::Content;

use crate::component::mount_scope::mounted_uri;

/// Naming under a prefix, or without a change.
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

    /// The URI of a resource, or a URI template.
    ///
    /// # Errors
    /// A description of the part that the URI lacks.
    pub(crate) fn uri(&self, original: &str) -> Result<String, String> {
        match &self.0 {
            Some(prefix) => mounted_uri(prefix, original),
            None => Ok(original.to_owned()),
        }
    }

    /// The URI of a resource in the upstream server.
    pub(crate) fn original(&self, uri: &str) -> Option<String> {
        let Some(prefix) = &self.0 else { return Some(uri.to_owned()) };
        let (scheme, rest) = uri.split_once("://")?;
        let rest = rest.strip_prefix(prefix.as_str())?.strip_prefix('/')?;
        Some(format!("{scheme}://{rest}"))
    }

    /// Replaces a URI of the upstream server by the one of this server, if there is one.
    pub(crate) fn rename(&self, uri: &mut String) {
        if let Ok(named) = self.uri(uri) {
            *uri = named;
        }
    }

    /// Replaces the URIs in content, so that its resources are read from this server.
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
