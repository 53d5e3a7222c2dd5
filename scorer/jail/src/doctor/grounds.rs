//! What the attacks are aimed at: a file and a folder that anyone may write to, and two ports that listen.

use std::fs::{self, File, Permissions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::drill::Target;

/// Made for one examination, gone with it.
pub(super) struct Grounds {
    folder: PathBuf,
    file: PathBuf,
    tcp: TcpListener,
    udp: UdpSocket,
}

impl Grounds {
    pub fn open() -> io::Result<Self> {
        let name = RandomState::new().build_hasher().finish();
        let folder = std::env::temp_dir().join(format!("egret-doctor-{name:016x}"));
        let file = folder.join("canary");
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        udp.set_nonblocking(true)?;
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        fs::create_dir(&folder)?;
        let grounds = Self { folder, file, tcp, udp };
        File::create(&grounds.file)?;
        // Runners are other users where the worker is root. Whatever the umask: anyone, or the attacks prove nothing.
        fs::set_permissions(&grounds.file, Permissions::from_mode(0o666))?;
        fs::set_permissions(&grounds.folder, Permissions::from_mode(0o777))?;
        Ok(grounds)
    }

    pub fn target(&self) -> io::Result<Target> {
        Ok(Target {
            worker: std::process::id(),
            folder: self.folder.clone(),
            file: self.file.clone(),
            tcp_port: self.tcp.local_addr()?.port(),
            udp_port: self.udp.local_addr()?.port(),
        })
    }

    /// Bytes that were written and packets that came: one of each per attack that worked.
    pub fn traces(&self) -> io::Result<(u64, u64)> {
        let mut packets = 0;
        loop {
            match self.udp.recv(&mut [0; 16]) {
                Ok(_) => packets += 1,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok((fs::metadata(&self.file)?.len(), packets))
    }
}

impl Drop for Grounds {
    fn drop(&mut self) {
        // What is left in a folder for temporary files is swept with it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
