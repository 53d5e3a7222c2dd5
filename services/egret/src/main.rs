//! The one user-facing binary. All of it is in the library beside it.

fn main() -> std::process::ExitCode {
    egret::main()
}
