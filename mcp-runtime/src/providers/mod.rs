pub mod schema;
pub use self::schema::*;
