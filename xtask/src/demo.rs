pub fn run(_exit: bool) -> anyhow::Result<()> {
    Ok(())
}
