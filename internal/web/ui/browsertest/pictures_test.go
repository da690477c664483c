package browsertest

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rebound-mail/rebound/internal/web/ui/operator/operatortest"
)

// maxPicture is how large a picture in the README may be, in bytes.
const maxPicture = 200_000

// TestPictures makes the pictures of the README: see "make screenshots".
func TestPictures(t *testing.T) {
	dir := os.Getenv("REBOUND_PICTURES")
	if dir == "" {
		t.Skip("REBOUND_PICTURES names no folder: make screenshots sets it")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	site, url := serveAll(t, operatortest.Options{})
	ctx := browser(t)
	screen{width: 1280, height: 860}.use(ctx, t)
	picture := func(name string) {
		t.Helper()
		picture(ctx, t, filepath.Join(dir, name+".png"))
	}
	do(ctx, t, chromedp.Navigate(url+"/?q=550+5.7.1+Service+unavailable%3B+client+host+%5B198.51.100.7%5D+blocked+using+zen.spamhaus.org"))
	picture("look-up")
	do(ctx, t, chromedp.Navigate(url+"/codes/5.7.26"))
	picture("code")
	do(ctx, t, chromedp.Navigate(url+"/analyze"), chromedp.SetValue(report, bounceMail), chromedp.Click(send))
	waitFor(ctx, t, `!!document.querySelector(".listing") && document.readyState === "complete"`)
	eval[bool](ctx, t, `(() => {
		const list = document.querySelector(".listing");
		list.scrollTop = list.querySelector("mark").offsetTop - 60;
		document.querySelector(".beside").scrollIntoView();
		return true;
	})()`)
	picture("analyzer")
	logIn(ctx, t, url, site.Secret)
	eval[bool](ctx, t, `(document.querySelectorAll(".alerts > li:nth-child(n+2), .more-alerts").forEach((e) => e.remove()), true)`)
	picture("dashboard")
}

// picture writes what stands in the window, with as few colours as a picture of text
// needs.
func picture(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	shot, err := png.Decode(bytes.NewReader(get(ctx, t, chromedp.CaptureScreenshot())))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, fewer(shot)); err != nil {
		t.Fatal(err)
	}
	if out.Len() > maxPicture {
		t.Errorf("%s has %d bytes, at most %d", name, out.Len(), maxPicture)
	}
	write(t, name, out.Bytes())
}

// fewer returns a picture with the 256 colours that are in it most.
func fewer(from image.Image) image.Image {
	counts := map[color.RGBA]int{}
	box := from.Bounds()
	at := func(x, y int) color.RGBA {
		r, g, b, _ := from.At(x, y).RGBA()
		return color.RGBA{uint8(r>>8) &^ 3, uint8(g>>8) &^ 3, uint8(b>>8) &^ 3, 255}
	}
	exact := map[color.RGBA]color.RGBA{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			r, g, b, _ := from.At(x, y).RGBA()
			counts[at(x, y)]++
			exact[at(x, y)] = color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
		}
	}
	all := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if n := counts[b] - counts[a]; n != 0 {
			return n
		}
		return slices.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B})
	})
	var palette color.Palette
	for _, c := range all[:min(len(all), 256)] {
		palette = append(palette, exact[c])
	}
	index := make(map[color.RGBA]uint8, len(all))
	for _, c := range all {
		index[c] = uint8(palette.Index(exact[c]))
	}
	to := image.NewPaletted(box, palette)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			to.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	return to
}
