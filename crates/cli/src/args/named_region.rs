//! `--region NAME=BYTES[@COST]`.

use std::str::FromStr;

use bantam_planner::regions::Region;

/// A memory as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedRegion {
    pub(crate) name: String,
    /// `None` if unlimited.
    pub(crate) bytes: Option<u64>,
    cost: Option<u32>,
}

impl FromStr for NamedRegion {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "expected NAME=BYTES or NAME=BYTES@COST, where BYTES may be \"unlimited\"";
        let (name, size) = text.split_once('=').ok_or(expected)?;
        let (bytes, cost) = match size.split_once('@') {
            Some((bytes, cost)) => (bytes, Some(cost.parse().map_err(|_| expected)?)),
            None => (size, None),
        };
        let bytes = match bytes {
            "unlimited" => None,
            number => Some(number.parse().map_err(|_| expected)?),
        };
        // A name is a field of the file that is written.
        if name.is_empty() || name.contains([',', '\n', '\r']) {
            return Err("expected a name without commas");
        }
        Ok(Self { name: name.to_owned(), bytes, cost })
    }
}

impl NamedRegion {
    /// Returns the region for the planner, which counts in units.
    pub(crate) fn region(&self, rank: u32, unit: u64) -> Region {
        let bytes = self.bytes.and_then(|bytes| u32::try_from(bytes / unit.max(1)).ok());
        Region { capacity_bytes: bytes.unwrap_or(u32::MAX), cost: self.cost.unwrap_or(rank) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_read() {
        let region = |text: &str| text.parse::<NamedRegion>().ok();
        let named = |bytes, cost| Some(NamedRegion { name: "sram".to_owned(), bytes, cost });
        assert_eq!(region("sram=1024"), named(Some(1_024), None));
        assert_eq!(region("sram=unlimited@7"), named(None, Some(7)));
        for wrong in ["sram", "=5", "sram=", "sram=-1", "sram=1@", "sram=1@x", "a,b=1", "sram=1k"] {
            assert_eq!(region(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn large_capacities_are_unlimited_and_units_round_down() {
        let region = |text: &str, unit| text.parse::<NamedRegion>().unwrap().region(3, unit);
        assert_eq!(region("a=99999999999", 1), Region::unlimited(3));
        assert_eq!(region("a=1023@2", 8), Region::new(127, 2));
    }
}
