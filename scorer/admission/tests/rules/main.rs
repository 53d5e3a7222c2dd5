//! Every rule and every limit, from both sides; and no bytes that do more than be refused.

mod craft;
mod limits;
mod ordinary;
mod page;
mod refusals;
mod totality;
