//! Where other computers find this one.

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use qrcode::{QrCode, render::unicode::Dense1x2};

/// An address set aside for documents, which no computer has. What would be sent there shows the way out.
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// This computer's addresses in its networks, the likeliest to be the class's first.
pub fn own_addresses() -> Vec<Ipv4Addr> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let found = found.into_iter().filter_map(|interface| match interface.ip() {
        IpAddr::V4(address) if !address.is_loopback() => Some(address),
        _ => None,
    });
    ordered(found.collect(), towards_others())
}

/// The address that this computer uses towards others, where it has a way to them. Nothing is sent.
fn towards_others() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ELSEWHERE).ok()?;
    match socket.local_addr().ok()?.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

/// First the address that is used towards others, last those that computers give themselves where nobody gives them one.
pub fn ordered(mut addresses: Vec<Ipv4Addr>, used: Option<Ipv4Addr>) -> Vec<Ipv4Addr> {
    addresses.sort_by_key(|address| (Some(*address) != used, address.is_link_local(), !address.is_private(), *address));
    addresses.dedup();
    addresses
}

/// An address as a square code for cameras, in letters that a terminal shows.
pub fn code(address: &str) -> Option<String> {
    let code = QrCode::new(address).ok()?;
    let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Dark).light_color(Dense1x2::Light).build();
    // Black on white, since cameras do not read every code whose colours are the other way round.
    let lines: Vec<_> = drawn.lines().map(|line| format!("\x1b[30;107m{line}\x1b[0m")).collect();
    Some(lines.join("\n"))
}
