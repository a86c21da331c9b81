package transport

import (
	"context"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/kindos/kai/shared/address"
	"github.com/kindos/kai/shared/fault"
)

// The metadata services of clouds give keys of the computer to whoever asks from it. No model server is there, so a program
// that may add services must not read them through kai (SSRF). Other link-local and private addresses stay open: services
// of a home or an office are there.
func metadataAddresses() []netip.Addr {
	return []netip.Addr{
		netip.AddrFrom4([4]byte{169, 254, 169, 254}), // AWS, Azure, Google, Oracle, DigitalOcean, OpenStack
		netip.AddrFrom4([4]byte{169, 254, 170, 2}),   // AWS, of containers
		netip.AddrFrom4([4]byte{169, 254, 170, 23}),  // AWS, of pods
		netip.AddrFrom4([4]byte{100, 100, 100, 200}), // Alibaba
		netip.AddrFrom4([4]byte{168, 63, 129, 16}),   // Azure
		netip.MustParseAddr("fd00:ec2::254"),         // AWS
		netip.MustParseAddr("fd00:ec2::23"),          // AWS, of pods
		netip.MustParseAddr("fd20:ce::254"),          // Google
	}
}

// metadataNames are for requests through a proxy, which looks names up itself.
func metadataNames() []string {
	return []string{"metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"}
}

// isMetadata says whether an address is that of a metadata service, also wrapped into IPv6 (mapped, NAT64, 6to4).
func isMetadata(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if ip.Is6() {
		ip = unwrapped(ip)
	}
	return slices.Contains(metadataAddresses(), ip)
}

// unwrapped is the IPv4 address that a translator on the way makes of an IPv6 one, or the address itself.
func unwrapped(ip netip.Addr) netip.Addr {
	raw := ip.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip), netip.MustParsePrefix("::/96").Contains(ip):
		return netip.AddrFrom4([4]byte(raw[12:]))
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		return netip.AddrFrom4([4]byte(raw[2:6]))
	}
	return ip
}

// refuseHost refuses a host that is written as a metadata service, by name or by any spelling of its address.
func refuseHost(host string) error {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	ip, ok := literal(name)
	if slices.Contains(metadataNames(), name) || ok && isMetadata(ip) {
		return metadata(fault.Unsupported, host)
	}
	return nil
}

// Check refuses the address of a service that is written as one of a metadata service, with fault.Invalid: before it is
// kept. What a name leads to is only known when it is asked. What is no address is for others to refuse.
func Check(text string) error {
	u, ok := address.Parse(strings.TrimSpace(text))
	if !ok || refuseHost(u.Host) == nil {
		return nil
	}
	return metadata(fault.Invalid, u.Host)
}

// literal reads an address as C's inet_aton does, which many resolvers and proxies use: one to four numbers, decimal, octal
// or hexadecimal, the last of which fills the bytes that are left (2852039166, 0xa9.0376.43518).
func literal(host string) (netip.Addr, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip, true
	}
	const bytes = 4
	parts := strings.Split(host, ".")
	if len(parts) > bytes {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 32)
		room := 8
		if i == len(parts)-1 {
			room = 8 * (bytes - i)
		}
		if err != nil || n>>room != 0 {
			return netip.Addr{}, false
		}
		sum = sum<<room | n
	}
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(sum)))), true // sum has 32 bits
}

// refuseDial is asked before each connection, when a name is an address: whatever name led there, and after every redirect.
func refuseDial(_ context.Context, _, at string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(at); err == nil && isMetadata(to.Addr()) {
		return metadata(fault.Unsupported, to.Addr().String())
	}
	return nil
}

// metadata says so. Of an address that is asked it is fault.Unsupported: one that is merely wrong would be told as one where
// something else answers.
func metadata(code fault.Code, host string) error {
	return fault.New(code, "%s is a cloud's metadata service, which kai does not ask: it gives out keys of this computer", host).
		WithField("url").WithRemedy("write the address of a model server")
}
