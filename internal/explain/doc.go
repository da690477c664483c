// Package explain says all there is to say of a code, a reply or an event: what the
// codebook knows of it, put together for whoever asks. The command line, the API
// and the pages give the same answers, because they take them from here.
package explain
