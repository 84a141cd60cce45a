//! docs/database.md shows the database as it is.

use crate::app::App;

#[tokio::test]
async fn the_map_in_the_documentation_is_that_of_the_catalog() {
    let app = App::start().await;
    let lines: Vec<String> =
        sqlx::query_scalar(include_str!("../../tools/db-map.sql")).fetch_all(&app.db).await.expect("the map");
    let page = include_str!("../../docs/database.md");
    let shown = page
        .split_once("<!-- map: make db-map -->\n")
        .and_then(|(_, rest)| rest.split_once("\n<!-- end of map -->"))
        .map(|(map, _)| map)
        .expect("the marks are there");
    assert!(lines.len() > 60, "{lines:?}");
    assert_eq!(shown, lines.join("\n"), "stale: run make db-map");
}
