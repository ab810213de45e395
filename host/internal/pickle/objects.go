package pickle

import "errors"

// objects are names, what would be calls of them, and what is kept outside.
func (m *machine) objects(op byte) (known bool, err error) {
	switch op {
	case opGlobal:
		err = m.global()
	case opStackGlobal:
		err = m.stackGlobal()
	case opReduce:
		err = m.reduce()
	case opBuild:
		err = m.build()
	case opPersistent:
		var id Value
		if id, err = m.pop(); err == nil && !m.o.References {
			err = errors.New("it refers to something outside")
		}
		m.push(Reference{ID: id})
	default:
		return false, nil
	}
	return true, err
}

func (m *machine) global() error {
	module, err := m.line()
	if err != nil {
		return err
	}
	name, err := m.line()
	if err != nil {
		return err
	}
	return m.name(Global{Module: module, Name: name})
}

func (m *machine) stackGlobal() error {
	name, err := m.pop()
	if err != nil {
		return err
	}
	module, err := m.pop()
	if err != nil {
		return err
	}
	n, isText := name.(Text)
	mod, areTexts := module.(Text)
	if !isText || !areTexts {
		return errors.New("it wants something whose name is no text")
	}
	return m.name(Global{Module: string(mod), Name: string(n)})
}

func (m *machine) name(g Global) error {
	if !m.o.Allow(g) {
		return &ForbiddenError{Global: g}
	}
	m.push(g)
	return nil
}

func (m *machine) reduce() error {
	args, err := m.pop()
	if err != nil {
		return err
	}
	function, err := m.pop()
	if err != nil {
		return err
	}
	g, isName := function.(Global)
	tuple, isTuple := args.(Tuple)
	if !isName || !isTuple {
		return errors.New("it calls something that is no name")
	}
	m.push(&Call{Function: g, Args: tuple})
	return nil
}

func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	onto, err := m.top()
	if err != nil {
		return err
	}
	c, isCall := onto.(*Call)
	if !isCall || c.State != nil {
		return errors.New("it gives a state to something that takes none")
	}
	c.State = state
	return nil
}

// flow is everything that makes no value.
func (m *machine) flow(op byte) (known bool, err error) {
	switch op {
	case opProto:
		_, err = m.take(1)
	case opFrame:
		_, err = m.number(8) // only tells how much to read at once
	case opStop:
		m.done = true
	case opMark:
		m.marks = append(m.marks, len(m.stack))
	case opPop:
		_, err = m.pop()
	case opPopMark:
		_, err = m.popMark()
	case opDup:
		var v Value
		v, err = m.top()
		m.push(v)
	default:
		return m.memory(op)
	}
	return true, err
}

func (m *machine) memory(op byte) (known bool, err error) {
	var at uint64
	switch op {
	case opPut1, opPut4:
		if at, err = m.number(width(op)); err == nil {
			err = m.keep(at)
		}
	case opGet1, opGet4:
		if at, err = m.number(width(op)); err == nil {
			err = m.recall(at)
		}
	case opMemoize:
		err = m.keep(uint64(len(m.memo)))
	default:
		return false, nil
	}
	return true, err
}
