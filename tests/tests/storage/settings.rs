//! Settings on both engines.

use clau_storage::{Database, settings};

use crate::stage::Stage;

on_both_engines!(
    a_setting_is_what_was_put_last,
    key_07_nodes_that_start_at_once_agree_on_the_first_value,
);

async fn a_setting_is_what_was_put_last(stage: Stage) {
    let find = async || {
        settings::find(&stage.database, "rotation")
            .await
            .expect("find")
    };
    assert_eq!(find().await, None);
    settings::put(&stage.database, "rotation", "one")
        .await
        .expect("put");
    settings::put(&stage.database, "rotation", "two")
        .await
        .expect("put");
    assert_eq!(find().await.as_deref(), Some("two"));
    let kept = settings::insert_if_absent(&stage.database, "rotation", "three").await;
    assert_eq!(kept.expect("insert"), "two");
    assert_eq!(find().await.as_deref(), Some("two"));
}

async fn key_07_nodes_that_start_at_once_agree_on_the_first_value(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    let mut nodes = tokio::task::JoinSet::new();
    for node in 0..12 {
        let database = if node % 2 == 0 {
            stage.database.clone()
        } else {
            other.clone()
        };
        nodes.spawn(async move {
            let mine = node.to_string();
            settings::insert_if_absent(&database, "key", &mine)
                .await
                .expect("insert")
        });
    }
    let values = nodes.join_all().await;
    assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
}
