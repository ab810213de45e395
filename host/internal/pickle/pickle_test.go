package pickle_test

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/visavis-dev/visavis/host/internal/pickle"
)

// onlyOne allows a.b.
func onlyOne(g pickle.Global) bool { return g == pickle.Global{Module: "a", Name: "b"} }

func decode(raw string) (pickle.Value, error) {
	v, _, err := pickle.Decode([]byte(raw), pickle.Options{Allow: onlyOne, MaxOps: 100_000})
	return v, err
}

func u32(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }
func u64(n uint64) string { return string(binary.LittleEndian.AppendUint64(nil, n)) }

func TestValues(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("1950a86a20f9469cfc6c", 16)
	for name, tc := range map[string]struct {
		raw  string
		want pickle.Value
	}{
		"none":              {"\x80\x02N.", nil},
		"truths":            {"\x80\x02\x88\x89\x86.", pickle.Tuple{true, false}},
		"small":             {"\x80\x02K\xff.", int64(255)},
		"two bytes":         {"\x80\x02M\x00\x01.", int64(256)},
		"negative":          {"\x80\x02J\xff\xff\xff\xff.", int64(-1)},
		"no digits":         {"\x80\x02\x8a\x00.", int64(0)},
		"long":              {"\x80\x02\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", new(big.Int).Lsh(big.NewInt(1), 63)},
		"long and negative": {"\x80\x02\x8a\x01\x80.", int64(-128)},
		"torch's magic":     {"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", huge},
		"float":             {"\x80\x02G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5},
		"text":              {"\x80\x02X\x06\x00\x00\x00가나.", pickle.Text("가나")},
		"short text":        {"\x80\x04\x8c\x02ab.", pickle.Text("ab")},
		"long text":         {"\x80\x04\x8d" + u64(2) + "ab.", pickle.Text("ab")},
		"bytes":             {"\x80\x03C\x02\x00\xff.", pickle.Bytes{0, 255}},
		"long bytes":        {"\x80\x04\x8e" + u64(1) + "x.", pickle.Bytes("x")},
		"byte array":        {"\x80\x05\x96" + u64(1) + "x.", pickle.Bytes("x")},
		"list":              {"\x80\x02]q\x00(K\x01K\x02eK\x03a.", &pickle.List{Items: []pickle.Value{int64(1), int64(2), int64(3)}}},
		"set":               {"\x80\x04\x8f(K\x01\x90.", &pickle.Set{Items: []pickle.Value{int64(1)}}},
		"frozen set":        {"\x80\x04(K\x01\x91.", &pickle.Set{Items: []pickle.Value{int64(1)}}},
		"tuples":            {"\x80\x02K\x01\x85K\x02K\x03\x86(K\x04t\x87.", pickle.Tuple{pickle.Tuple{int64(1)}, pickle.Tuple{int64(2), int64(3)}, pickle.Tuple{int64(4)}}},
		"memo":              {"\x80\x02X\x01\x00\x00\x00aq\x00h\x00\x86.", pickle.Tuple{pickle.Text("a"), pickle.Text("a")}},
		"memo of four":      {"\x80\x02X\x01\x00\x00\x00ar" + u32(3) + "j" + u32(3) + "\x86.", pickle.Tuple{pickle.Text("a"), pickle.Text("a")}},
		"frames":            {"\x80\x04\x95" + u64(2) + "K\x01.", int64(1)},
		"pop and again":     {"\x80\x02K\x01K\x0202\x86.", pickle.Tuple{int64(1), int64(1)}},
		"marks left":        {"\x80\x02K\x01(K\x02K\x031.", int64(1)},
		"a name":            {"\x80\x02ca\nb\n.", pickle.Global{Module: "a", Name: "b"}},
		"a name from texts": {"\x80\x04\x8c\x01a\x8c\x01b\x93.", pickle.Global{Module: "a", Name: "b"}},
		"a call":            {"\x80\x02ca\nb\nK\x01\x85RK\x02b.", &pickle.Call{Function: pickle.Global{Module: "a", Name: "b"}, Args: pickle.Tuple{int64(1)}, State: int64(2)}},
	} {
		v, err := decode(tc.raw)
		require.NoError(t, err, name)
		assert.Equal(t, tc.want, v, name)
	}
	v, err := decode("\x80\x02}q\x00(K\x01X\x01\x00\x00\x00aX\x01\x00\x00\x00bNuK\x01K\x05s.")
	require.NoError(t, err)
	d := v.(*pickle.Dict)
	assert.Equal(t, []any{int64(1), "b"}, d.Keys)
	one, _ := d.Get(int64(1))
	assert.Equal(t, pickle.Value(int64(5)), one, "the later value counts")
	v, err = decode("\x80\x02ca\nb\n)RX\x01\x00\x00\x00kK\x01s.")
	require.NoError(t, err)
	item, _ := v.(*pickle.Call).Items.Get("k")
	assert.Equal(t, pickle.Value(int64(1)), item)
}

func TestOnePickleAfterAnother(t *testing.T) {
	t.Parallel()
	raw := []byte("\x80\x02K\x01.\x80\x02K\x02.rest")
	v, n, err := pickle.Decode(raw, pickle.Options{Allow: onlyOne})
	require.NoError(t, err)
	assert.Equal(t, pickle.Value(int64(1)), v)
	v, n2, err := pickle.Decode(raw[n:], pickle.Options{Allow: onlyOne})
	require.NoError(t, err)
	assert.Equal(t, pickle.Value(int64(2)), v)
	assert.Equal(t, "rest", string(raw[n+n2:]))
}

// Every way to make Python run something is refused, and what it wanted is named.
func TestForbiddenNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"os.system", "posix.system", "nt.system", "subprocess.Popen", "subprocess.check_output", "builtins.eval", "builtins.exec",
		"builtins.getattr", "builtins.__import__", "builtins.open", "builtins.compile", "__builtin__.eval", "__builtin__.apply",
		"importlib.import_module", "runpy.run_path", "sys.exit", "socket.socket", "shutil.rmtree", "pickle.loads", "_pickle.loads",
		"marshal.loads", "types.FunctionType", "types.CodeType", "functools.partial", "operator.attrgetter", "operator.methodcaller",
		"copyreg._reconstructor", "copy_reg.__newobj__", "ctypes.CDLL", "code.interact", "pty.spawn", "webbrowser.open", "numpy.load",
		"numpy.core.multiarray.fromfile", "numpy.f2py.crackfortran.myeval", "torch.load", "torch.hub.load", "torch.jit.load",
		"torch._utils._rebuild_tensor", "torch.storage._load_from_bytes.__globals__", "a.b.c", "a.B", "A.b",
	} {
		dot := strings.LastIndex(name, ".")
		module, attribute := name[:dot], name[dot+1:]
		for how, raw := range map[string]string{
			"by line":    "\x80\x02c" + module + "\n" + attribute + "\nX\x02\x00\x00\x00id\x85R.",
			"by texts":   "\x80\x04\x8c" + string(rune(len(module))) + module + "\x8c" + string(rune(len(attribute))) + attribute + "\x93\x8c\x02id\x85R.",
			"never used": "\x80\x02c" + module + "\n" + attribute + "\n0N.",
			"in a state": "\x80\x02ca\nb\n)Rc" + module + "\n" + attribute + "\nb.",
		} {
			_, err := decode(raw)
			var forbidden *pickle.ForbiddenError
			require.ErrorAs(t, err, &forbidden, "%s %s", name, how)
			assert.Contains(t, err.Error(), name)
		}
	}
	_, err := decode("\x80\x02cos\x1b[31m\n" + strings.Repeat("x", 900) + "\n.")
	assert.NotContains(t, err.Error(), "\x1b", "a name cannot paint the log")
	assert.Less(t, len(err.Error()), 300)
}

// What is broken, or made to break its reader, is refused, soon and with little memory.
func TestHostilePickles(t *testing.T) {
	t.Parallel()
	const whole = "\x80\x04"
	laughs := whole + "]\x94(" + strings.Repeat("K\x01", 10) + "e"
	for range 200 {
		laughs += "\x94" + "(" + strings.Repeat("h\x00", 10) + "t"
	}
	for name, raw := range map[string]string{
		"nothing":                     "",
		"one byte":                    "\x80",
		"a text file":                 "hello, world",
		"protocol 0":                  "I1\n.",
		"protocol 1":                  "\x80\x01K\x01.",
		"protocol 6":                  "\x80\x06K\x01.",
		"protocol 255":                "\x80\xff.",
		"no end":                      whole + "K\x01",
		"nothing on the stack":        whole + ".",
		"two things left":             whole + "K\x01K\x02.",
		"an open mark":                whole + "(K\x01.",
		"pop of nothing":              whole + "0.",
		"mark never made":             whole + "K\x01t.",
		"append to a number":          whole + "K\x01K\x02a.",
		"append to a name":            whole + "\x8c\x01a\x8c\x01b\x93K\x01a.",
		"items of a list":             whole + "]K\x01K\x02s.",
		"a key without a value":       whole + "}(K\x01u.",
		"a list as a key":             whole + "}]K\x01s.",
		"a tuple as a key":            whole + "})K\x01s.",
		"a float as a key":            whole + "}G\x00\x00\x00\x00\x00\x00\x00\x00K\x01s.",
		"recall of nothing":           whole + "h\x00.",
		"recall from afar":            whole + "j\xff\xff\xff\xff.",
		"kept afar":                   whole + "K\x01r\xff\xff\xff\x7f.",
		"kept afar, again and again":  whole + "K\x01" + strings.Repeat("r\xff\xff\xff\x7f", 100) + ".",
		"keeping nothing":             whole + "\x94.",
		"text of 4 GB":                whole + "X\xff\xff\xff\xff.",
		"text of 16 EB":               whole + "\x8d" + strings.Repeat("\xff", 8) + ".",
		"bytes of 4 GB":               whole + "B\xff\xff\xff\xffx.",
		"bytes of 16 EB":              whole + "\x8e" + strings.Repeat("\xff", 8) + "x.",
		"bytes of 8 EB":               whole + "\x8e" + strings.Repeat("\xff", 7) + "\x7fx.",
		"byte array of 16 EB":         whole + "\x96" + strings.Repeat("\xff", 8) + "x.",
		"text that is none":           whole + "\x8c\x01\xff.",
		"number of negative length":   whole + "\x8b\xff\xff\xff\xff.",
		"number of absurd length":     whole + "\x8b" + u32(1000) + strings.Repeat("\x7f", 1000) + ".",
		"frame cut off":               whole + "\x95\x01.",
		"a name without an end":       whole + "c" + strings.Repeat("x", 5000),
		"a name half":                 whole + "ca\nb",
		"a name of numbers":           whole + "K\x01K\x02\x93.",
		"a call of a text":            whole + "\x8c\x01a)R.",
		"a call with a list":          whole + "\x8c\x01a\x8c\x01b\x93]R.",
		"a call of a call":            whole + "\x8c\x01a\x8c\x01b\x93)R)R.",
		"a state of a list":           whole + "]K\x01b.",
		"two states":                  whole + "\x8c\x01a\x8c\x01b\x93)RK\x01bK\x02b.",
		"an instance":                 whole + "(ia\nb\n.",
		"an object":                   whole + "(\x8c\x01a\x8c\x01b\x93o.",
		"a new object":                whole + "\x8c\x01a\x8c\x01b\x93)\x81.",
		"a new object with words":     whole + "\x8c\x01a\x8c\x01b\x93)}\x92.",
		"extension 1":                 whole + "\x82\x01.",
		"extension 2":                 whole + "\x83\x01\x00.",
		"extension 4":                 whole + "\x84\x01\x00\x00\x00.",
		"a reference by line":         whole + "Px\n.",
		"a reference":                 whole + "K\x01Q.",
		"a buffer outside":            "\x80\x05\x97.",
		"a read-only buffer":          "\x80\x05K\x01\x98.",
		"instructions of protocol 0":  whole + "I1\n.",
		"quoted text":                 whole + "S'x'\n.",
		"an unknown instruction":      whole + "\xff.",
		"instructions without end":    whole + strings.Repeat("K\x010", 100_000) + "N.",
		"a stack without end":         whole + strings.Repeat(")", 200_000) + ".",
		"marks without end":           whole + strings.Repeat("(", 200_000) + ".",
		"doubles without end":         whole + "K\x01" + strings.Repeat("2", 200_000) + ".",
		"memo without end":            whole + "K\x01" + strings.Repeat("\x94", 200_000) + ".",
		"depth without end":           whole + ")" + strings.Repeat("\x85", 200_000) + ".",
		"laughs without a last line":  laughs,
		"a second protocol, cut off":  whole + "\x80",
		"a float cut off":             whole + "G\x00.",
		"the state of a mark":         whole + "\x8c\x01a\x8c\x01b\x93)R(b.",
		"a tuple across a mark":       whole + "K\x01(K\x02\x86.",
		"an append across a mark":     whole + "](K\x01a.",
		"a number where a mark stood": whole + "1.",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := decode(raw)
			var wrong *pickle.Error
			require.ErrorAs(t, err, &wrong)
			assert.Less(t, len(err.Error()), 300)
		})
	}
}

// Laughs that double with every line are small here: they stand for themselves, and nobody walks them.
// Not parallel: what is allocated is counted for the whole process.
func TestBillionLaughsCostNothing(t *testing.T) {
	var raw bytes.Buffer
	raw.WriteString("\x80\x04]\x94(K\x01K\x02e")
	for n := range 200 {
		raw.WriteString("\x94")
		raw.WriteString("(")
		for range 10 {
			raw.WriteString("j" + u32(uint32(n)))
		}
		raw.WriteString("t")
	}
	for range 200 {
		raw.WriteString("\x86")
	}
	raw.WriteString(".")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decode(raw.String())
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

// A byte string is a part of the input.
func TestBytesAreNotCopied(t *testing.T) {
	t.Parallel()
	raw := []byte("\x80\x04\x8e" + u64(1<<20) + strings.Repeat("x", 1<<20) + ".")
	v, _, err := pickle.Decode(raw, pickle.Options{Allow: onlyOne})
	require.NoError(t, err)
	raw[100] = 'y'
	assert.Contains(t, string(v.(pickle.Bytes)), "y")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x80\x04]\x94(K\x01\x8c\x01a\x8c\x01b\x93)R}K\x01Nsbe."))
	f.Add([]byte("\x80\x02ca\nb\nX\x02\x00\x00\x00id\x85R."))
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, n, err := pickle.Decode(raw, pickle.Options{Allow: onlyOne, References: true, MaxOps: 10_000})
		if err == nil && (n <= 0 || n > len(raw)) {
			t.Errorf("%v of %d bytes is %d long", v, len(raw), n)
		}
	})
}
