//! Models behind a pointer.

use std::fmt;
use std::sync::Arc;

use super::error::ModelError;
use super::model::{Model, ModelRequest};
use crate::client::BoxFuture;
use crate::providers::{Answer, Delta, Provider};

/// Model of any type. Clones are cheap and share the model.
///
/// ```
/// use mcp_runtime::agent::{Agent, ScriptedModel, SharedModel};
///
/// let models = [SharedModel::new(ScriptedModel::new()), SharedModel::new(ScriptedModel::new())];
/// let agent = Agent::new(models[0].clone());
/// # let _ = agent;
/// ```
#[derive(Clone)]
pub struct SharedModel(Arc<dyn DynModel>);

/// [`Model`] as a trait object.
trait DynModel: Send + Sync {
    fn name(&self) -> &str;

    fn provider(&self) -> Provider;

    fn answer<'a>(
        &'a self,
        request: ModelRequest<'a>,
        on_delta: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Answer, ModelError>>;
}

impl<M: Model> DynModel for M {
    fn name(&self) -> &str {
        Model::name(self)
    }

    fn provider(&self) -> Provider {
        Model::provider(self)
    }

    fn answer<'a>(
        &'a self,
        request: ModelRequest<'a>,
        on_delta: &'a mut (dyn FnMut(Delta) + Send),
    ) -> BoxFuture<'a, Result<Answer, ModelError>> {
        Box::pin(Model::answer(self, request, on_delta))
    }
}

impl SharedModel {
    /// Creates a pointer to a model.
    pub fn new(model: impl Model) -> Self {
        Self(Arc::new(model))
    }
}

impl Model for SharedModel {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn provider(&self) -> Provider {
        self.0.provider()
    }

    async fn answer(
        &self,
        request: ModelRequest<'_>,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, ModelError> {
        self.0.answer(request, on_delta).await
    }
}

impl<M: Model> Model for Arc<M> {
    fn name(&self) -> &str {
        M::name(self)
    }

    fn provider(&self) -> Provider {
        M::provider(self)
    }

    async fn answer(
        &self,
        request: ModelRequest<'_>,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, ModelError> {
        M::answer(self, request, on_delta).await
    }
}

impl fmt::Debug for SharedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedModel").field(&self.0.name()).finish()
    }
}
