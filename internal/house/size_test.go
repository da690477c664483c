package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines     = 400
	maxFunctionLines = 60
)

// oversized are the files allowed to be longer, until they are split.
func oversized() []string {
	return []string{"internal/store/storetest/memory.go", "internal/spool/spooltest/spooltest.go"}
}

func TestFilesAndFunctionsAreShortAndNothingRegistersItself(t *testing.T) {
	files := 0
	eachFile(t, os.DirFS("../.."), func(name string, fset *token.FileSet, file *ast.File) {
		files++
		if n := fset.File(file.Pos()).LineCount(); n > maxFileLines && !slices.Contains(oversized(), name) {
			t.Errorf("%s: %d lines, at most %d", name, n, maxFileLines)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: nothing registers itself; the one who needs it calls it", fset.Position(fn.Pos()))
			}
			if n := codeLines(fset, fn); n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines without its tables, at most %d", fset.Position(fn.Pos()), fn.Name.Name, n, maxFunctionLines)
			}
		}
	})
	if files < 100 {
		t.Fatalf("only %d files found: the test looks in the wrong place", files)
	}
}

func TestCodeLinesLeaveTablesOut(t *testing.T) {
	const text = `package p
func f() int {
	table := []struct{ a, b int }{
		{1, 2},
		{3, 4},
	}
	return len(table)
}`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := codeLines(fset, file.Decls[0].(*ast.FuncDecl)); n != 4 {
		t.Errorf("%d lines, want 4: the declaration, the table as one, the return, the brace", n)
	}
}

// codeLines counts the lines of a function; a composite literal counts as one.
func codeLines(fset *token.FileSet, fn *ast.FuncDecl) int {
	span := func(n ast.Node) int { return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line }
	lines := span(fn) + 1
	ast.Inspect(fn, func(n ast.Node) bool {
		table, ok := n.(*ast.CompositeLit)
		if ok {
			lines -= span(table)
		}
		return !ok
	})
	return lines
}

// Knowledge is in the codebook, and no package keeps state: what stands at
// package level is a constant, a table that nobody writes to, or an error.
func TestPackageVariablesAreNeverWritten(t *testing.T) {
	eachFolder(t, os.DirFS("../.."), func(folder string, fset *token.FileSet, files []*ast.File) {
		vars := packageVariables(files)
		for _, file := range files {
			for name, spec := range vars {
				if ast.IsExported(name) && !strings.HasPrefix(name, "Err") && slices.Contains(specsOf(file), spec) {
					t.Errorf("%s: exported variable %s", fset.Position(spec.Pos()), name)
				}
			}
			eachWrite(file, func(target *ast.Ident) {
				// Resolved within the file to something local, or to nothing:
				// then it is of the package, in this file or another.
				if spec := vars[target.Name]; spec != nil && (target.Obj == nil || target.Obj.Decl == spec) {
					t.Errorf("%s: writes to the package variable %s", fset.Position(target.Pos()), target.Name)
				}
			})
		}
	})
}

func specsOf(file *ast.File) []*ast.ValueSpec {
	var list []*ast.ValueSpec
	for _, decl := range file.Decls {
		if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.VAR {
			for _, spec := range group.Specs {
				list = append(list, spec.(*ast.ValueSpec))
			}
		}
	}
	return list
}

func packageVariables(files []*ast.File) map[string]*ast.ValueSpec {
	vars := map[string]*ast.ValueSpec{}
	for _, file := range files {
		for _, spec := range specsOf(file) {
			for _, name := range spec.Names {
				vars[name.Name] = spec
			}
		}
	}
	delete(vars, "_")
	return vars
}

// eachWrite shows the variables that assignments in a file write to: x of x = y,
// of x[i] = y, of x.f++.
func eachWrite(file *ast.File, show func(target *ast.Ident)) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if root := rootOf(left); root != nil && n.Tok != token.DEFINE {
					show(root)
				}
			}
		case *ast.IncDecStmt:
			if root := rootOf(n.X); root != nil {
				show(root)
			}
		}
		return true
	})
}

func rootOf(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.IndexExpr:
		return rootOf(e.X)
	case *ast.SelectorExpr:
		return rootOf(e.X)
	case *ast.StarExpr:
		return rootOf(e.X)
	case *ast.ParenExpr:
		return rootOf(e.X)
	}
	return nil
}

// eachFolder shows the Go files of each folder that are no tests.
func eachFolder(t *testing.T, root fs.FS, show func(folder string, fset *token.FileSet, files []*ast.File)) {
	t.Helper()
	folders := map[string][]*ast.File{}
	var fset *token.FileSet
	eachFile(t, root, func(name string, set *token.FileSet, file *ast.File) {
		fset = set
		if !strings.HasSuffix(name, "_test.go") {
			folders[path.Dir(name)] = append(folders[path.Dir(name)], file)
		}
	})
	for folder, files := range folders {
		show(folder, fset, files)
	}
}

// eachFile shows all Go files that people write, tests included.
func eachFile(t *testing.T, root fs.FS, show func(name string, fset *token.FileSet, file *ast.File)) {
	t.Helper()
	fset := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || name != "." && strings.HasPrefix(entry.Name(), ".")) {
			return fs.SkipDir
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		if !ast.IsGenerated(file) {
			show(name, fset, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
