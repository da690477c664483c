//go:build unix

package cli

import (
	"net"
	"path/filepath"
	"testing"
)

func TestTheSupervisorIsTold(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	conn, err := net.ListenPacket("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tellSupervisor(socket)("READY=1")
	text := make([]byte, 100)
	n, _, err := conn.ReadFrom(text)
	if err != nil || string(text[:n]) != "READY=1" {
		t.Errorf("%q, %v", text[:n], err)
	}
	tellSupervisor(socket + "-of-nobody")("READY=1") // harmless
	if tellSupervisor("") != nil {
		t.Error("somebody is told though nobody asked")
	}
}
