//! Tables scored by each suite.
