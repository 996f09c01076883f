package shell

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// powershellTests are texts of PowerShell and the programs that they start.
var powershellTests = []struct{ text, want string }{
	{`pip install x`, "pip install x"},
	{`& pip install x`, "pip install x"},
	{`& "C:\Python\pip.exe" install x`, "C:/Python/pip.exe install x"},
	{`cmd /c "a && pip install x"`, "a|pip install x"},
	{`cmd /c "p^ip install x"`, "pip install x"},
	{`iex "pip install x"`, "pip install x"},
	{`"pip install x" | iex`, "pip install x"},
	{`$c = 'pip install x'; $c | Invoke-Expression`, "pip install x"},
	{`$x = 'pip'; & $x install y`, "pip install y"},
	{`$x = 'a'; $x = 'b'; & $x install y`, "⟨…⟩ install y"},
	{`$a = @('install', 'x'); pip @a`, "pip install x"},
	{`pip @a`, "pip ⟨…⟩"},
	{`Set-Alias p pip; p install x`, "pip install x"},
	{`New-Alias -Name p -Value pip; P install x`, "pip install x"},
	{"p`ip install x", "pip install x"},
	{"pip install `\n  x", "pip install x"},
	{"@\"\npip install x\n\"@ | iex", "pip install x"},
	{"iex @'\npip install x\n'@", "pip install x"},
	{`Start-Process pip -ArgumentList "install","x" -Wait`, "pip install x"},
	{`[System.Diagnostics.Process]::Start("pip", "install x")`, "pip install x|[system.diagnostics.process]::start⟨…⟩"},
	{`powershell -NoProfile -ExecutionPolicy Bypass -Command "pip install x"`, "pip install x"},
	{`powershell "pip install x"`, "pip install x"},
	{`powershell -enc cABpAHAAIABpAG4AcwB0AGEAbABsACAAeAA=`, "pip install x"},
	{`"pip install x" | powershell -`, "pip install x"},
	{`if ($true) { pip install x } else { a }`, "pip install x|a"},
	{`Write-Host "pip install x"`, ""},
	{`$s = "pip install x"`, ""},
	{`"pip install x"`, ""},
	{"@'\npip install x\n'@ | Out-File a", "out-file a"},
	{`<# pip install x #> a # pip install x`, "a"},
	{`throw "pip install x"`, ""},
}

func TestPowerShell(t *testing.T) {
	for _, tt := range powershellTests {
		var got []string
		problems := EvaluatePowerShell(tt.text, Options{
			Dir: "/w", FS: world.Mem{"/w": {Dir: true}},
			Program: func(inv *action.Invocation) action.Outcome {
				got = append(got, action.Show(strings.Join(inv.Argv, " ")))
				return action.Outcome{}
			},
		})
		if len(problems) > 0 {
			t.Errorf("%s: %v", tt.text, problems)
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "|")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.text, diff)
		}
	}
}
