package smtp

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// unixPrefix begins an address that is the path of a socket.
const unixPrefix = "unix:"

// listen listens on host:port or unix:path.
func listen(address string, mode fs.FileMode) (net.Listener, error) {
	path, isUnix := strings.CutPrefix(address, unixPrefix)
	if !isUnix {
		return net.Listen("tcp", address)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the folder %s is not there; make it, for the user of the server", filepath.Dir(path))
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// removeStale removes a socket on which nobody listens any more: that of a
// process that was killed.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is no socket; name another path", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return fmt.Errorf("another process listens on %s", path)
	}
	return os.Remove(path)
}

// doorman lets connections in, each in the care of a guard, and turns those away
// that are too many.
type doorman struct {
	net.Listener
	server *Server
}

// Accept implements net.Listener.
func (d *doorman) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g := newGuard(d.server, conn)
		if err := d.server.clients.enter(g.client, d.server.opt.Now()); err != nil {
			d.turnAway(conn, err)
			continue
		}
		d.server.enter(g)
		return g, nil
	}
}

// turnAway says why a client is not let in. The little that is written fits into
// the buffers of a new connection.
func (d *doorman) turnAway(conn net.Conn, why error) {
	conn.SetWriteDeadline(time.Now().Add(time.Second))
	conn.Write(line(why))
	conn.Close()
	d.server.gauge.Refuse(1)
	d.server.opt.Logger.Debug("turned away", "source", d.server.opt.Name, "remote", remoteIP(conn), "reply", why)
}

// remoteIP returns the address of a client, "" by a Unix socket.
func remoteIP(conn net.Conn) string {
	addr, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return addr.Addr().Unmap().WithZone("").String()
}

// clientOf returns what limits count by: the address, of IPv6 the network. It is
// "" for clients of this machine.
func clientOf(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil || addr.IsLoopback() {
		return ""
	}
	if addr.Is4() {
		return ip
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return ip
	}
	return network.String()
}
