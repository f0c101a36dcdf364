#[server]
pub mod unit_converter {
    use super::*;

    /// Miles to kilometres.
    #[tool]
    pub fn kilometres(miles: f64) -> f64 {
        miles * FACTOR
    }

    /// Celsius to Fahrenheit.
    #[cfg(feature = "temperature")]
    #[tool(read_only)]
    fn fahrenheit(celsius: f64) -> f64 {
        celsius * 1.8 + 32.0
    }

    /// All units.
    #[resource("units://all")]
    fn all() -> &'static str {
        "miles, celsius"
    }

    /// Ask for a conversion.
    #[prompt]
    fn convert(amount: f64) -> String {
        format!("Convert {amount}.")
    }

    const FACTOR: f64 = 1.609;
}
