//! Chat widgets on the pages of a client.

use domain::{ClientId, QueueId, WidgetId};
use serde_json::Value;

use super::{ClientScope, changed, record};
use crate::{
    StoreError, Tx, View,
    value::{args, json},
};

record! {
    /// A widget.
    #[derive(Clone, PartialEq)]
    pub struct Widget {
        /// The client.
        pub client: ClientId = "client_id",
        /// Its id.
        pub id: WidgetId = "widget_id",
        /// Its name on the provider's screens.
        pub name: String,
        /// Queues a visitor chooses from, in order.
        pub queues: Vec<QueueId> = json,
        /// Pages that may show it, as origins.
        pub origins: Vec<String> = json,
        /// Public key, part of the snippet.
        pub key: String,
        /// Secret for the tokens that say who a visitor is.
        pub secret: String,
        /// Title and colour, as the server writes them.
        pub texts: Value,
        /// Whether a visitor may say who they are by a signed token only.
        pub identity_required: bool,
        /// Raised by each change.
        pub version: u64,
    }
}

impl std::fmt::Debug for Widget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Widget({} of {})", self.id, self.client)
    }
}

impl View {
    /// The widget with this public key; asked before anybody is known.
    pub async fn widget_by_key(&mut self, key: &str) -> Result<Option<Widget>, StoreError> {
        self.find(
            "SELECT client_id, widget_id, name, queues, origins, key, secret, texts,
                    identity_required, version
             FROM widget WHERE key = $1",
            args![key],
        )
        .await
    }

    /// One widget.
    pub async fn widget(
        &mut self,
        scope: &ClientScope,
        id: WidgetId,
    ) -> Result<Option<Widget>, StoreError> {
        self.of(scope)
            .find(
                "SELECT client_id, widget_id, name, queues, origins, key, secret, texts,
                        identity_required, version
                 FROM widget WHERE client_id = $1 AND widget_id = $2",
                args![scope.client(), id],
            )
            .await
    }

    /// The widgets of a client, by name.
    pub async fn widgets(&mut self, scope: &ClientScope) -> Result<Vec<Widget>, StoreError> {
        self.of(scope)
            .list(
                "SELECT client_id, widget_id, name, queues, origins, key, secret, texts,
                        identity_required, version
                 FROM widget WHERE client_id = $1 ORDER BY name, widget_id",
                args![scope.client()],
            )
            .await
    }
}

impl Tx {
    /// Creates a widget, with version 1.
    pub async fn create_widget(
        &mut self,
        scope: &ClientScope,
        widget: &Widget,
    ) -> Result<(), StoreError> {
        let Widget { id, name, key, secret, texts, identity_required, .. } = widget.clone();
        self.of(scope).run(
            "INSERT INTO widget (client_id, widget_id, name, queues, origins, key, secret, texts,
                 identity_required, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
            args![
                scope.client(),
                id,
                name,
                json(&widget.queues)?,
                json(&widget.origins)?,
                key,
                secret,
                texts,
                identity_required
            ],
        )
        .await
        .map(drop)
    }

    /// Changes a widget, from the version it was read with; key and secret stay.
    pub async fn change_widget(
        &mut self,
        scope: &ClientScope,
        widget: &Widget,
    ) -> Result<(), StoreError> {
        let Widget { id, name, texts, identity_required, version, .. } = widget.clone();
        let rows = self
            .of(scope)
            .run(
                "UPDATE widget SET name = $2, queues = $3, origins = $4, texts = $5,
                     identity_required = $6, version = version + 1
                 WHERE client_id = $1 AND widget_id = $7 AND version = $8",
                args![
                    scope.client(),
                    name,
                    json(&widget.queues)?,
                    json(&widget.origins)?,
                    texts,
                    identity_required,
                    id,
                    version
                ],
            )
            .await?;
        changed(rows, "the widget")
    }

    /// Replaces the secret; tokens made with the one before are worth nothing from now on.
    pub async fn rotate_widget_secret(
        &mut self,
        scope: &ClientScope,
        id: WidgetId,
        secret: &str,
    ) -> Result<(), StoreError> {
        let rows = self
            .of(scope)
            .run(
                "UPDATE widget SET secret = $3, version = version + 1
                 WHERE client_id = $1 AND widget_id = $2",
                args![scope.client(), id, secret],
            )
            .await?;
        changed(rows, "the widget")
    }
}
