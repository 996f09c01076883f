package rules

import (
	"github.com/venv-guard/venv-guard/action"
)

// Operations, the words that rules use for what a command does.
const (
	opInstall   = "install"   // adds or changes packages
	opRemove    = "remove"    // removes packages
	opTool      = "tool"      // installs or changes a program for all projects
	opCreate    = "create"    // makes an environment
	opPublish   = "publish"   // puts something on a registry
	opConfigure = "configure" // changes settings that outlive the command
	opLogin     = "login"     // stores or removes credentials
	opReveal    = "reveal"    // prints credentials
	opToolchain = "toolchain" // installs or changes a shared toolchain
	opFetch     = "fetch"     // takes packages from a registry, to run or to keep them, and changes nothing else
	opQuery     = "query"     // changes nothing
)

var operations = [...]string{
	opInstall, opRemove, opTool, opCreate, opPublish, opConfigure, opLogin, opReveal, opToolchain, opFetch, opQuery,
}

// operate judges the operation of a command.
func (r *reading) operate(c *command) {
	if c.op == opQuery || !r.all(c.when) || len(c.needs) > 0 && !r.any(c.needs) {
		return
	}
	// What happens on another host is none of our business, but for what
	// leaves it.
	if r.inv.Host != "" && c.op != opPublish && c.op != opReveal && c.op != opLogin {
		return
	}
	for i := range c.venvOnly {
		h := r.option1(c.venvOnly[i].name)
		// A variable does not count: the guard should not rely on it.
		if h != nil && !h.off && r.interpreterPlace().Kind != action.PlaceVenv {
			return
		}
	}
	place := r.land(c)
	if c.op == opReveal && place.Kind != action.PlaceNone && r.out != nil {
		r.out.Secret = r.display()
	}
	r.apply(c, place)
}

// land returns where the operation of a command lands.
func (r *reading) land(c *command) action.Place {
	if len(c.lands) == 0 {
		return action.Place{Kind: action.PlaceNone}
	}
	for i := range c.lands {
		l := &c.lands[i]
		if !r.all(l.when) {
			continue
		}
		value, src := "", fromNowhere
		if l.from.kind != refNone {
			if value, src = r.get(&l.from); src == fromNowhere || value == "" || contains(l.not, value) {
				continue
			}
		}
		r.landed = l
		return r.resolve(l.is, value, src)
	}
	return action.Place{Kind: action.PlaceUnknown}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// resolve returns the place that a resolver finds.
func (r *reading) resolve(is resolver, value string, src origin) action.Place {
	switch is {
	case isNone:
		return action.Place{Kind: action.PlaceNone}
	case isVenv:
		return action.Place{Kind: action.PlaceVenv, Path: value}
	case isProject:
		return action.Place{Kind: action.PlaceProject, Path: r.projectRoot()}
	case isUser:
		return action.Place{Kind: action.PlaceUser, Path: value}
	case isSystem:
		return action.Place{Kind: action.PlaceSystem, Path: value}
	case isContainer:
		return action.Place{Kind: action.PlaceContainer}
	case isRemote:
		return action.Place{Kind: action.PlaceRemote, Path: value}
	case isDir:
		return r.dirPlace(value)
	case isNewEnv:
		return r.newEnvPlace(value)
	case isPython:
		return r.pythonPlace(value)
	case isInterpreter:
		return r.interpreterPlace()
	case isActive:
		return r.activePlace()
	case isUvPython:
		return r.uvPythonPlace(value)
	case isUvPip:
		return r.uvPipPlace()
	case isUvProject:
		return r.uvProjectPlace()
	case isConda:
		return r.condaPlace()
	case isCondaEnv:
		if value == "" {
			value = "base"
		}
		return r.condaNamed(value)
	case isPoetry:
		return r.poetryPlace()
	case isPipenv, isPDM, isHatch, isPixi, isRye:
		return r.managedPlace(is)
	case isEphemeral:
		return action.Place{Kind: action.PlaceVenv, Path: "/tmp/" + r.t.id + "/.venv"}
	}
	return action.Place{Kind: action.PlaceUnknown, Path: value}
}
