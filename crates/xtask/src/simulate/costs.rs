//! What a million images cost at the prices of each hosting plan.

use std::fmt::Write as _;

/// Seconds of a month of 730 hours, as Azure bills.
const MONTH: f64 = 730.0 * 3600.0;
/// Flex Consumption bills at least this long for every period in which an instance is active.
const FLEX_LEAST_SECONDS: f64 = 1.0;

/// A pricing model for instances.
enum Price {
    /// Dollars for a gigabyte-second while an instance is active, and for a million executions.
    Active {
        memory_gb: f64,
        gb_second: f64,
        million: f64,
    },
    /// Dollars a month for an instance with this many cores.
    Month { cores: f64, dollars: f64 },
}

/// List prices in US dollars. West Europe and East US agree within a tenth; discounts and free grants are left out.
const PRICES: [(&str, Price); 4] = [
    (
        "Flex Consumption, 2 GB",
        Price::Active {
            memory_gb: 2.0,
            gb_second: 0.000_026,
            million: 0.40,
        },
    ),
    (
        "Flex Consumption, 4 GB",
        Price::Active {
            memory_gb: 4.0,
            gb_second: 0.000_026,
            million: 0.40,
        },
    ),
    (
        "Elastic Premium EP2",
        Price::Month {
            cores: 2.0,
            dollars: 292.0,
        },
    ),
    (
        "Dedicated P1v3",
        Price::Month {
            cores: 2.0,
            dollars: 113.0,
        },
    ),
];

/// Dollars for a million images if all instances are busy for `share` of their time.
fn dollars(price: &Price, cpu: f64, share: f64) -> f64 {
    match price {
        Price::Active {
            memory_gb,
            gb_second,
            million,
        } => {
            // Two gigabytes come with one core. Busy instances share their time among images; an image that comes alone
            // pays the minimum time.
            let cores = memory_gb / 2.0;
            let busy = cpu / cores;
            let alone = cpu.max(FLEX_LEAST_SECONDS);
            let seconds = share * busy + (1.0 - share) * alone;
            seconds * memory_gb * gb_second * 1e6 + million
        }
        Price::Month { cores, dollars } => dollars / (MONTH * cores / cpu * share) * 1e6,
    }
}

pub(super) fn costs(cpu: f64) -> String {
    let mut table = format!(
        "| {cpu} CPU-s an image: dollars for a million on | busy 100 % | busy 30 % | busy 5 % |\n\
         |---|---:|---:|---:|\n"
    );
    for (name, price) in &PRICES {
        let _ = write!(table, "| {name} |");
        for share in [1.0, 0.3, 0.05] {
            let _ = write!(table, " {:.0} |", dollars(price, cpu, share));
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_follow_from_the_prices() {
        let (_, flex) = &PRICES[0];
        // 0.35 s times 2 GB times a million is 700,000 GB-s.
        assert!((dollars(flex, 0.35, 1.0) - (18.2 + 0.40)).abs() < 0.01);
        // A single image pays for a whole second.
        assert!((dollars(flex, 0.35, 0.0) - (52.0 + 0.40)).abs() < 0.01);
        let (_, premium) = &PRICES[2];
        let half = dollars(premium, 0.35, 0.5);
        assert!((half - 2.0 * dollars(premium, 0.35, 1.0)).abs() < 1e-9);
    }
}
