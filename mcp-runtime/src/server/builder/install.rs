//! The last steps of building a server.

use std::sync::Arc;

use crate::component::registry::{List, Listed, Registry};

/// Puts components before those that a handle has added since it was taken.
pub(super) fn install<T: Listed>(registry: &mut Registry, items: Vec<T>) -> Result<(), String> {
    let later = T::list(registry).items();
    let clash = items.iter().find(|item| List::contains(later, item.key()));
    if let Some(item) = clash {
        return Err(format!("two {}s are {} `{}`", T::NOUN, T::KEYED_BY, item.key()));
    }
    let all: Vec<_> = items.into_iter().map(Arc::new).chain(later.iter().cloned()).collect();
    if let Some(contradiction) = T::contradiction(&all) {
        return Err(contradiction);
    }
    *T::list_mut(registry) = List::new(all);
    Ok(())
}

pub(super) fn warn_if_panics_abort() {
    if cfg!(panic = "abort") {
        tracing::warn!(
            "this program is built with `panic = \"abort\"`: a panic in any handler ends the server"
        );
    }
}
